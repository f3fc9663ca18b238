"""Who may talk to a bot: pairing requests, approvals; runtime data, not Git."""
