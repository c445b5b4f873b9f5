"""A plan that was dropped leaves nothing behind that its successor could be taken for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from rest_api import Api, served

from haulback.gateway.rest import keeping

if TYPE_CHECKING:
    from conftest import Database

TURNS = 150


def mistaken(api: Api, client: int) -> list[str]:
    """Asks again and again by a name that nobody asked by before; those that were answered by another."""
    connection = api.connection()
    wrong = []
    for turn in range(TURNS):
        name = f"as_{client}_{turn}"
        rows = api.ask("GET", f"/notes?select={name}:body", connection=connection).json
        if [list(row) for row in rows] != [[name]]:
            wrong.append(f"{name}: {rows}")
    connection.close()
    return wrong


def test_no_request_is_answered_by_the_statement_of_a_plan_that_was_dropped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_MOST", 4)
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE TABLE public.notes (body text); INSERT INTO public.notes VALUES ('a note')")
    with served(database) as api, ThreadPoolExecutor(4) as clients:
        found = list(clients.map(lambda client: mistaken(api, client), range(4)))
    assert found == [[]] * 4
