"""`python -m tests.simulators.whatsapp --port 0`."""

from __future__ import annotations

from tests.simulators.serving import main
from tests.simulators.whatsapp.app import WhatsAppSimulator

if __name__ == "__main__":
    main(WhatsAppSimulator().app)
