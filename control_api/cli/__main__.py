"""`python -m control_api.cli`, the same as `botyard`."""

from __future__ import annotations

from control_api.cli import app

if __name__ == "__main__":
    app(prog_name="botyard")
