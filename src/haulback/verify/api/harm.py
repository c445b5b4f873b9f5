"""Whether a row that is only there to be tried could be seen to do harm: what its coming would set off. Pure.

A trigger that only computes does none. One that writes elsewhere leaves something behind when the row is gone, and one
that sends cannot be taken back; what cannot be read is taken for the worst.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

_READABLE = frozenset({"plpgsql", "sql"})
# A text in quotes is passed over, since it may hold what looks like a comment.
_COMMENT = re.compile(r"('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|truncate|copy|perform|execute|call|notify|pg_notify|dblink\w*|http\w*|net(?=\s*\.))\b",
    re.IGNORECASE,
)
_CALLED = re.compile(r"(?<![\w$])([^\W\d][\w$]*)\"?\s*\(")
_CALLED_QUOTED = re.compile(r'"((?:[^"]|"")+)"\s*\(')
# The module engagement_events' keep_erased_users_out: it refuses rows, or deletes them where a restore asks for that.
_HARMLESS = frozenset({"2e64e17837897c0109978b0122464ccb74ba618a8a6425b85d5551ad16814231"})  # sha256 of their texts
# TG_OP is compared with these words, which writes nothing.
_OPERATION = re.compile(r"'(?:insert|update|delete|truncate)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger and the function that it calls."""

    name: str
    language: str
    source: str


def harm(triggers: Iterable[Trigger], volatile: Collection[str], following: Iterable[tuple[str, str]] = ()) -> str:
    """What could do harm, for a person; empty where nothing could.

    Args:
        triggers: of the table.
        volatile: names of functions that may do more than compute.
        following: schema and name of tables whose rows go with the row: what is inserted there stays no longer.
    """
    allowed = _inserts(following)
    for one in triggers:
        if one.language not in _READABLE:
            return f"the trigger {one.name} is written in {one.language}, so nobody can say what it does"
        if sha256(one.source.encode()).hexdigest() in _HARMLESS:
            continue
        text = _OPERATION.sub("''", _plain(one.source))
        if allowed:
            text = allowed.sub(" ", text)
        if found := _WRITES.search(text):
            return f"the trigger {one.name} may write elsewhere or send something ({found[1].lower()})"
        if acting := sorted(called(text).intersection(name.lower() for name in volatile)):
            return f"the trigger {one.name} calls {acting[0]}, which may do more than compute"
    return ""


def called(text: str) -> frozenset[str]:
    """Names, in lower case, of what a text may call."""
    text = _plain(text)
    quoted = {name.replace('""', '"') for name in _CALLED_QUOTED.findall(text)}
    return frozenset(name.lower() for name in {*_CALLED.findall(text), *quoted})


def _plain(text: str) -> str:
    return _COMMENT.sub(lambda found: found[1] or " ", text)


def _inserts(tables: Iterable[tuple[str, str]]) -> re.Pattern[str] | None:
    """Matches an insert into one of the tables, with or without its schema and quotes, as one into nothing."""
    names = [rf'(?:"?{re.escape(schema)}"?\s*\.\s*)?"?{re.escape(name)}"?' for schema, name in tables]
    return re.compile(rf"\binsert\s+into\s+(?:{'|'.join(names)})(?![\w$.\"])\s*", re.IGNORECASE) if names else None
