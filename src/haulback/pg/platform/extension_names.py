"""Finds the extensions that a piece of SQL creates, also inside DO blocks and quoted text."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Comments go first: a commented-out extension is not wanted. A string that holds `--` loses its end, which
# can only hide an extension named after it in the same string.
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_CREATE = re.compile(
    r"""\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?(?!if\b)(?P<name>"[^"]+"|[a-z_][\w$-]*)"""
    r"""(?:\s+with\b)?(?:\s+schema\s+(?P<schema>"[^"]+"|[a-z_][\w$]*))?""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """One CREATE EXTENSION.

    Attributes:
        name: of the extension.
        schema: where it is to be put; None where the text does not say.
    """

    name: str
    schema: str | None


def requests_in(sql: str) -> tuple[ExtensionRequest, ...]:
    """Every extension that `sql` would create, in order, each once."""
    found: dict[str, ExtensionRequest] = {}
    for match in _CREATE.finditer(_COMMENT.sub(" ", sql)):
        name = _identifier(match["name"])
        schema = _identifier(match["schema"]) if match["schema"] else None
        found.setdefault(name, ExtensionRequest(name, schema))
    return tuple(found.values())


def _identifier(text: str) -> str:
    return text[1:-1] if text.startswith('"') else text.lower()
