"""A model's Markdown as Slack messages: Slack reads it itself."""

from __future__ import annotations

from agent_runtime.channels.markdown import split_markdown

# https://docs.slack.dev/reference/methods/chat.postMessage#markdown_text: at most 12,000 characters.
LONGEST = 12_000


def pieces(markdown: str) -> list[str]:
    """The messages of a reply, in order; at least one. They call nobody.

    `<!channel>` and `<@U1>` are text, as `<` is told from them:
    https://docs.slack.dev/messaging/formatting-message-text#special-mentions
    """
    for sign in ("!", "@", "#"):
        markdown = markdown.replace(f"<{sign}", f"<\u200b{sign}")
    clean = markdown.encode("utf-8", "replace").decode().replace("\x00", "")
    return split_markdown(clean, LONGEST)
