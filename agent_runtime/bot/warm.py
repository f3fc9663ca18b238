"""Pay once, before the first fork, for what every worker would pay for: imports, TLS, the first turn."""

from __future__ import annotations

import asyncio
import json

import httpx2

from agent_runtime.addresses import Reach
from agent_runtime.brains.brain import Message, Prompt
from agent_runtime.brains.openai_compatible import OpenAICompatible
from agent_runtime.channels.telegram.formatting import pieces
from agent_runtime.network import guarded_client, silence_http_logs, ssl_context
from agent_runtime.settings import RuntimeSettings


def warm_up(settings: RuntimeSettings) -> None:
    """Call in the launcher, where no event loop runs and no thread was started; leaves neither behind."""
    silence_http_logs()
    ssl_context()
    pieces("**warm** `up`\n\n```python\npass\n```")
    asyncio.run(_dummy_turn())


async def _dummy_turn() -> None:
    """Through the whole of the SDK, to a model in memory."""
    await guarded_client(Reach.PUBLIC, 1.0).aclose()
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(_reply), trust_env=False) as http:
        brain = OpenAICompatible(http, "http://warm/v1", "warm", None, temperature=0.0, max_output_tokens=1)
        await brain.complete(Prompt((Message("user", "hello"),)), lambda text: None)


def _reply(request: httpx2.Request) -> httpx2.Response:
    head = {"id": "warm", "object": "chat.completion.chunk", "created": 0, "model": "warm"}
    choices = [
        {"index": 0, "delta": {"role": "assistant", "content": "hello"}, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    ]
    events = "".join(f"data: {json.dumps({**head, 'choices': [choice]})}\n\n" for choice in choices)
    content = f"{events}data: [DONE]\n\n".encode()
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=content)
