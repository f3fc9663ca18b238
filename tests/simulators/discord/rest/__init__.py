"""The REST API, a module a kind of thing; `ROUTES` of each says what there is."""
