"""Helpers that know nothing of bots: problems, paging, strict JSON, streams, background tasks."""
