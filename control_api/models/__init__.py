"""One table a file; importing the package registers them all."""

from __future__ import annotations

from control_api.models.audit_entry import AuditEntry
from control_api.models.base import LONGEST_ACTOR, Moment, now
from control_api.models.bot import Bot
from control_api.models.bot_status import BotStatus
from control_api.models.event import Event
from control_api.models.idempotency_key import IdempotencyKey
from control_api.models.index_tip import IndexTip
from control_api.models.lease import Lease
from control_api.models.managed_bot import ManagedBot
from control_api.models.membership import Membership, Role
from control_api.models.operation import Operation
from control_api.models.operation_bot import OperationBot
from control_api.models.operation_step import OperationStep
from control_api.models.owner import Owner
from control_api.models.password import Password
from control_api.models.sign_in_code import SignInCode
from control_api.models.token import Token
from control_api.models.usage_entry import UsageEntry
from control_api.models.user import User
from control_api.models.web_session import WebSession
from control_api.models.wrong_try import WrongTry

__all__ = [
    "LONGEST_ACTOR",
    "AuditEntry",
    "Bot",
    "BotStatus",
    "Event",
    "IdempotencyKey",
    "IndexTip",
    "Lease",
    "ManagedBot",
    "Membership",
    "Moment",
    "Operation",
    "OperationBot",
    "OperationStep",
    "Owner",
    "Password",
    "Role",
    "SignInCode",
    "Token",
    "UsageEntry",
    "User",
    "WebSession",
    "WrongTry",
    "now",
]
