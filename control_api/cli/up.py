"""`botyard up`: Botyard on this machine, in the foreground."""

from __future__ import annotations

from typing import Annotated

import typer

from control_api.cli.failure import CommandError


def up(
    demo: Annotated[bool, typer.Option(help="Deploy demo.hello when the fleet is empty.")] = True,
) -> None:
    """Run Botyard on this machine until Ctrl+C; everything it keeps is in BOTYARD_HOME."""
    import asyncio

    from pydantic import ValidationError

    from agent_runtime.supervisor import HomeInUseError, PartError
    from control_api.gateway import GatewayError
    from control_api.kit.sentences import setting
    from control_api.machine.guards import RefusedStartError
    from control_api.machine.run import run
    from control_api.settings import load_settings
    from gitops.errors import FleetError

    try:
        asyncio.run(run(load_settings(), demo=demo))
    except ValidationError as error:
        lines = [setting(each) for each in error.errors(include_input=False)]
        raise CommandError("A setting is not valid.", details=lines) from None
    except FleetError as error:
        raise CommandError(str(error), hint="`botyard doctor` checks the fleet's remote.") from None
    except (RefusedStartError, HomeInUseError, GatewayError, PartError, TimeoutError, RuntimeError) as error:
        raise CommandError(
            str(error) or "Botyard was not ready in time.", hint="`botyard doctor` checks more."
        ) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
