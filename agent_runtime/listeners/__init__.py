"""Listeners: a fixed pool of processes that fetch messages where platforms do not send them.

Owners are spread over the pool. They hold the tokens of those channels and no model's key.
"""
