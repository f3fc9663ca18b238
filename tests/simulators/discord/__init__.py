"""Discord in one program: its REST API, its gateway, the interactions it sends, as strict as the real one.

Reference: https://docs.discord.com/developers (API version 10); each refusal names its page.

- `/api/v10/…` is the REST API (`rest/`): bots authorise as `Bot <token>`;
  `BOTYARD_DISCORD_API_URL` is `<url>/api/v10`.
- `/gateway` is the gateway (`gateway.py`, `session.py`), `/cdn/…` serves attachments.
- `/_sim/…` is the test's side (`control.py`), spoken by `client.py`: applications, people, servers, channels,
  threads; what people say and which commands they use; what bots sent; faults of REST and gateway.

Ids are snowflakes as text, which sort by time as numbers: https://docs.discord.com/developers/reference#snowflakes.
"""
