"""The bot specification: what an owner decides about a bot, its rules, readers and ready templates."""

from __future__ import annotations

from agent_runtime.spec.bot import (
    EMBEDDED_MODEL,
    Access,
    BotSpec,
    Budget,
    Channels,
    FallbackModel,
    Memory,
    Model,
    Platform,
    Resources,
    Scaling,
    SecretRef,
    Telegram,
    Web,
)
from agent_runtime.spec.catalogue import Template, template, templates
from agent_runtime.spec.merge import merge_patch
from agent_runtime.spec.names import BotId, check_name, is_name, is_secret_name
from agent_runtime.spec.parse import parse_spec
from agent_runtime.spec.problems import Problem, SpecError, pointer
from agent_runtime.spec.read import read_spec, strict_json
from agent_runtime.spec.runtime_file import runtime_file, without_empty, without_nulls
from agent_runtime.spec.schema import json_schema
from agent_runtime.spec.strict_yaml import strict_yaml

__all__ = [
    "EMBEDDED_MODEL",
    "Access",
    "BotId",
    "BotSpec",
    "Budget",
    "Channels",
    "FallbackModel",
    "Memory",
    "Model",
    "Platform",
    "Problem",
    "Resources",
    "Scaling",
    "SecretRef",
    "SpecError",
    "Telegram",
    "Template",
    "Web",
    "check_name",
    "is_name",
    "is_secret_name",
    "json_schema",
    "merge_patch",
    "parse_spec",
    "pointer",
    "read_spec",
    "runtime_file",
    "strict_json",
    "strict_yaml",
    "template",
    "templates",
    "without_empty",
    "without_nulls",
]
