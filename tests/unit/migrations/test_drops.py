"""A DROP TABLE says which tables it means; nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.migrations.drops import TableName, dropped_tables
from haulback.migrations.parse import script


def _dropped(text: str) -> tuple[TableName, ...]:
    (statement,) = script(Path("1.sql"), text).statements
    return dropped_tables(statement)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("drop table orders;", [("", "orders")]),
        ('drop table if exists "A ""b"".c".Orders, public.x cascade', [('A "b".c', "orders"), ("public", "x")]),
        ("drop table here.public.orders", [("public", "orders")]),
    ],
)
def test_names_are_bare(text: str, named: list[tuple[str, str]]) -> None:
    assert _dropped(text) == tuple(TableName(*one) for one in named)


@pytest.mark.parametrize(
    "text",
    [
        "drop view orders",
        "drop foreign table orders",
        "drop materialized view orders",
        "drop index orders",
        "drop function f()",
        "alter table a drop column b",
        "do $$ begin drop table orders; end $$",
        "truncate orders",
    ],
)
def test_what_is_no_drop_table_names_none(text: str) -> None:
    assert _dropped(text) == ()
