"""The gateway of one machine: Envoy, one port for the page, the API, Git and the chat platforms' webhooks."""

from __future__ import annotations

from control_api.gateway.part import GatewayError, forget, gateway_part

__all__ = ["GatewayError", "forget", "gateway_part"]
