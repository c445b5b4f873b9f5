"""Expressions that depend on nothing but the claims of who asks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from haulback.gateway.realtime.changes.expressions import Group, Node, bare, is_, split
from haulback.gateway.realtime.changes.forms import Claim

_NAME = r'"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*'
_LITERAL = r"'(?:[^']|'')*'"
_TYPE = r"::(?:text|uuid|integer|bigint|smallint|boolean|jsonb?|character varying)\b"
_SETTING = r"current_setting\('request\.jwt\.claims?(?:\.[a-z_]+)?'(?:::text)?(?:,\s*true)?\)"
_COMMON = rf"{_SETTING}|{_LITERAL}|{_TYPE}|->>|->|\(|\)|,|\s+"
# A claim as the text of a policy has it, and as the body of a function has it that stands for one.
_TEXT = rf"{_COMMON}|SELECT\b|AS (?:{_NAME})|COALESCE\b|NULLIF\b|(auth\.[a-z_]+)\(\)"
_TOKENS = re.compile(_TEXT)
_CONDITION = re.compile(
    rf"{_TEXT}|<>|<=|>=|=|<|>|\?|IS (?:NOT )?NULL\b|IS (?:NOT )?(?:TRUE|FALSE)\b|AND\b|OR\b|NOT\b|ANY\b|ARRAY\b|\[|\]"
    r"|[0-9]+\b|true\b|false\b"
)
_BODY = re.compile(rf"{_COMMON}|select\b|coalesce\b|nullif\b|::int\b|;", re.IGNORECASE)
TYPES = frozenset({"text", "uuid", "integer", "bigint", "smallint", "boolean", "jsonb", "json", "character varying"})


def of_claims_only(body: str) -> bool:
    """Whether the body of a function in SQL depends on nothing but the claims."""
    at = 0
    while at < len(body):
        token = _BODY.match(body, at)
        if token is None:
            return False
        at = token.end()
    return True


@dataclass(frozen=True, slots=True)
class Claims:
    """Finds claims in the text of a policy.

    Attributes:
        text: of the policy.
        functions: that depend on nothing but the claims, such as `auth.uid`, with the types of their values.
    """

    text: str
    functions: Mapping[str, str]

    def claim(self, items: Sequence[Node]) -> Claim | None:
        """The claim that some nodes of the text are; None where they depend on anything else, or on nothing."""
        return self._made(items, _TOKENS, self._type(items)) if items else None

    def condition(self, items: Sequence[Node]) -> Claim | None:
        """The same for a condition."""
        return self._made(items, _CONDITION, "boolean")

    def _made(self, items: Sequence[Node], tokens: re.Pattern[str], type_: str | None) -> Claim | None:
        at, end = items[0].begin, items[-1].end
        expression, depends = self.text[at:end], False
        while at < end:
            token = tokens.match(self.text, at, end)
            if token is None or (token.group(1) is not None and token.group(1) not in self.functions):
                return None
            depends = depends or token.group(1) is not None or token.group().startswith("current_setting")
            at = token.end()
        return Claim(expression, type_) if depends else None

    def _type(self, items: Sequence[Node]) -> str | None:
        """The type of an expression, where its form tells."""
        items = bare(items)
        if items and is_(items[0], "SELECT"):
            items = bare(split(items[1:], lambda node: is_(node, "AS"))[0])
        steps = [at for at, node in enumerate(items) if is_(node, "->", "->>")]
        if steps:
            left = self._type(items[: steps[-1]])
            return left if is_(items[steps[-1]], "->") else "text"
        casts = [at for at, node in enumerate(items) if is_(node, "::")]
        if casts:
            named = self.text[items[casts[-1]].end : items[-1].end]
            return named if named in TYPES else None
        if not items or not isinstance(items[-1], Group):
            return None
        name = self.text[items[0].begin : items[-1].begin]
        return "text" if name == "current_setting" else self.functions.get(name)
