"""The bot that turns are compared with: `python -m bench.ptb TELEGRAM_URL MODEL_URL TOKEN`.

python-telegram-bot's own application, which takes updates concurrently and asks a model by OpenAI's SDK as
its documentation shows: "typing", a streamed completion of the last turns of the chat, one reply. It keeps
the chats in memory and nothing on the disk.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict, deque

import uvloop
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam
from telegram import Update
from telegram.constants import ChatAction
from telegram.ext import Application, ContextTypes, MessageHandler, filters

TURNS = 20
MOST_TOKENS = 800
_SYSTEM: ChatCompletionMessageParam = {"role": "system", "content": "You are kind."}


class _Answers:
    """One handler for all chats."""

    def __init__(self, model_url: str) -> None:
        self._model = AsyncOpenAI(api_key="none", base_url=model_url, max_retries=0)
        self._chats: dict[int, deque[ChatCompletionMessageParam]] = defaultdict(
            lambda: deque(maxlen=2 * TURNS)
        )

    async def answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None
        typing = asyncio.create_task(message.reply_chat_action(ChatAction.TYPING))
        history = self._chats[message.chat_id]
        question: ChatCompletionMessageParam = {"role": "user", "content": message.text or ""}
        text = await self._asked([_SYSTEM, *history, question])
        history.extend((question, {"role": "assistant", "content": text}))
        await message.reply_text(text)
        await typing

    async def _asked(self, messages: list[ChatCompletionMessageParam]) -> str:
        said = []
        async with await self._model.chat.completions.create(
            model="stub",
            messages=messages,
            temperature=0.7,
            max_tokens=MOST_TOKENS,
            stream=True,
            stream_options={"include_usage": True},
        ) as stream:
            async for chunk in stream:
                said += [choice.delta.content or "" for choice in chunk.choices]
        return "".join(said)


def main(telegram_url: str, model_url: str, token: str) -> None:
    """Poll until the process is told to end."""
    answers = _Answers(model_url)
    builder = Application.builder().base_url(f"{telegram_url}/bot").token(token)
    uvloop.install()  # as ours has it
    application = builder.concurrent_updates(True).connection_pool_size(256).build()
    application.add_handler(MessageHandler(filters.TEXT, answers.answer))
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
