"""A pod's process: `python -m agent_runtime.pod`."""

from __future__ import annotations

import sys

import structlog
import uvloop
from pydantic import ValidationError

from agent_runtime.bot import Bot
from agent_runtime.pod.bot import PodError
from agent_runtime.pod.log import set_up_pod_log
from agent_runtime.pod.pod import serve
from agent_runtime.pod.settings import PodSettings
from agent_runtime.worker.bots import MakeBot

log = structlog.get_logger()


def main(make_bot: MakeBot = Bot) -> int:
    """The exit code; why it ends is the last line of its log, which clusters show."""
    set_up_pod_log()
    try:
        uvloop.run(serve(PodSettings(), make_bot))
    except ValidationError as error:
        wrong = (f"BOTYARD_{str(each['loc'][0]).upper()} {each['msg']}" for each in error.errors())
        log.error("pod_not_started", reason="; ".join(wrong))
        return 1
    except PodError as error:
        log.error("pod_ended", reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
