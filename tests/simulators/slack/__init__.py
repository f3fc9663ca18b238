"""Slack in one program: its Web API and the events it sends, as strict as the real one.

- `/api/<method>` is the Web API (`methods.py`); `BOTYARD_SLACK_API_URL` is `<url>/api`.
- `/files/<name>` serves what people attached, to the bot's token alone.
- `/_sim/…` is the test's side (`control.py`), spoken by `client.py`.
"""
