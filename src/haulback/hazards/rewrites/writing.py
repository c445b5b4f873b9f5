"""Trees back into SQL, with keywords in lower case: for rewrites, so it is only asked for where there is a finding."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from haulback.hazards import names
from haulback.migrations import grammar
from haulback.migrations.grammar import Node


def statement(node: Node) -> str:
    """A statement, without semicolon."""
    return _lowered(grammar.deparsed(node))


def expression(node: Node) -> str:
    """An expression, such as the one of a check."""
    holder = grammar.parse("select 1")[0]
    holder.target_list[0].res_target.val.CopyFrom(node)
    return statement(holder).removeprefix("select ")


def column_type(node: Node) -> str:
    """The name of a type."""
    holder = grammar.parse("select null::int")[0]
    holder.target_list[0].res_target.val.type_cast.type_name.CopyFrom(node)
    return statement(holder).removeprefix("select null::")


def relation(node: Node) -> str:
    """The name of a RangeVar as it was written: with a schema only where it had one."""
    return ".".join(names.identifier(part) for part in (node.schemaname, node.relname) if part)


def columns(listed: Iterable[str]) -> str:
    """Names of columns, between commas."""
    return ", ".join(names.identifier(one) for one in listed)


def command(text: str) -> Node:
    """The tree of one command of ALTER TABLE, such as `add constraint c check (a > 0)`."""
    return grammar.parse(f"alter table t {text}")[0].cmds[0]


def several(*statements: str) -> str:
    """Statements one after the other, each with its semicolon."""
    return "\n".join(f"{one};" for one in statements)


def _lowered(text: str) -> str:
    """Every keyword in lower case; the deparser writes them in capitals, and quotes what is none."""
    encoded = bytearray(text.encode())
    scanned = _postgast().scan(text)
    for token in scanned.tokens:
        if token.keyword_kind:
            encoded[token.start : token.end] = bytes(encoded[token.start : token.end]).lower()
    return encoded.decode()


def _postgast() -> Any:
    return importlib.import_module("postgast")


def cover(index: Node, constraint: Node) -> None:
    """Gives an index of one column the columns of a unique constraint instead, each written like that one."""
    element = type(index.index_params[0])()
    element.CopyFrom(index.index_params[0])
    del index.index_params[:]
    for target, listed in ((index.index_params, constraint.keys), (index.index_including_params, constraint.including)):
        for column in names.words(listed):
            element.index_elem.name = column
            target.append(element)
