"""What a rule makes of an INSERT is answered as PostgREST answers it, however many rows the body has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rest_api import served

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.lines (t text);
CREATE TABLE public.ruled (t text);
CREATE VIEW public.seen AS SELECT t FROM public.lines;
"""
LINE = "INSERT INTO public.lines VALUES (NEW.t)"
REFUSED = (400, "0A000")


@pytest.mark.parametrize(
    ("table", "rule", "answer"),
    [
        ("ruled", LINE, REFUSED),
        ("ruled", f"INSTEAD {LINE}", REFUSED),
        ("ruled", "INSTEAD NOTHING", REFUSED),
        ("ruled", f"INSTEAD {LINE} RETURNING lines.t", (201, None)),
        ("seen", f"INSTEAD {LINE}", REFUSED),
        ("seen", f"INSTEAD {LINE} RETURNING lines.t", (201, None)),
    ],
)
def test_one_row_is_answered_as_several_are(
    database: Database, table: str, rule: str, answer: tuple[int, str | None]
) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute(f"CREATE RULE its AS ON INSERT TO public.{table} DO {rule}")
    with served(database) as api:
        for body in ({"t": "one"}, [{"t": "one"}]):
            reply = api.ask("POST", f"/{table}", body)
            assert (reply.status, reply.json["code"] if reply.body else None) == answer
        kept = [row["t"] for row in api.ask("GET", "/lines").json]
    assert kept == ([] if answer == REFUSED else ["one", "one"])
