"""Where a statement ends: a comment behind it must not swallow its semicolon."""

from __future__ import annotations


def ended(text: str) -> str:
    """The statement with its semicolon, on a line of its own where a comment may stand before it."""
    return f"{text}\n;" if "--" in text[text.rfind("\n") + 1 :] else f"{text};"
