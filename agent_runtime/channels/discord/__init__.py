"""Discord: messages by the gateway, commands by the gateway or over HTTP, replies over its REST API."""
