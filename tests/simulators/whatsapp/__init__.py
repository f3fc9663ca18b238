"""WhatsApp's Cloud API in one program: Meta's Graph API and the webhooks it sends, as strict as the real one.

- `/v24.0/…` is the Graph API (`graph.py`); `BOTYARD_WHATSAPP_API_URL` is `<url>/v24.0`.
- `/media/<id>` serves what people sent, to the number's token alone.
- `/_sim/…` is the test's side (`control.py`), spoken by `client.py`.

Refusals have the numbers of https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
"""
