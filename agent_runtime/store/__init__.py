"""What the runtime keeps: the inbox of all bots of a machine, and each bot's own ledger.

Each is a Protocol with backends beside it and a test suite that knows no backend.
"""
