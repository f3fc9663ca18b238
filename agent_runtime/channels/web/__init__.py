"""The chat of Botyard's own page and API: the reply is the answer to the request."""
