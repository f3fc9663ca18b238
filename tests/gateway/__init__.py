"""The gateway: the real Envoy in front of a program that stands in for the control API and the receiver."""
