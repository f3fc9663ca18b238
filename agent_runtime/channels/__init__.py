"""Chat platforms: a folder each, with `inbound` (ids, at once) and `outbound` (parse, send)."""
