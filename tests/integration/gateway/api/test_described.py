"""Requests made up from our own OpenAPI document: whatever they are, the answer is never a 5xx and never no answer.

Schemathesis makes them, right ones and wrong ones. `HAULBACK_FUZZ_EXAMPLES` sets how many for each operation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from rest_api import Api, served, token

if TYPE_CHECKING:
    from conftest import Database

EXAMPLES = int(os.environ.get("HAULBACK_FUZZ_EXAMPLES", "12"))
USER = "00000000-0000-4000-8000-000000000001"
SCHEMA = """
CREATE TYPE public.mood AS ENUM ('calm', 'cross', 'a "quoted" one');
CREATE TABLE public.people (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, mood public.mood, born date,
    tags text[], about jsonb, spans int4range, score numeric(6, 2), code char(3), "odd, name" bytea);
CREATE TABLE public.visits (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person uuid REFERENCES public.people, at timestamptz DEFAULT now(),
    place point, took interval);
CREATE VIEW public.seen AS SELECT p.name, v.at FROM public.people p JOIN public.visits v ON v.person = p.id;
CREATE FUNCTION public.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE RETURN a + b;
CREATE FUNCTION public.find(of_name text, VARIADIC also text[] DEFAULT '{}') RETURNS SETOF public.people LANGUAGE sql
    STABLE AS 'SELECT * FROM public.people WHERE name = of_name OR name = ANY (also)';
CREATE FUNCTION public.note(about jsonb) RETURNS void LANGUAGE sql AS 'SELECT';
"""


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute("INSERT INTO public.people (name) VALUES ('ada'), ('eve')")
    with served(database) as running:
        yield running


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_no_request_of_what_is_described_makes_it_fail(api: Api, mode: schemathesis.GenerationMode) -> None:
    bearer = token(user=USER)
    described = api.ask("GET", "/", token=bearer, headers={"Accept": "application/openapi+json"}).json
    described.pop("host", None)
    described["basePath"] = "/rest/v1"
    schema = schemathesis.openapi.from_dict(described)
    wrong: list[str] = []
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) == 15
    base = f"http://127.0.0.1:{api.port}/rest/v1"
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            response = case.call(base_url=base, headers={"Authorization": f"Bearer {bearer}"})
            if response.status_code >= 500:
                wrong.append(f"{case.as_curl_command()} {response.status_code} {response.text[:300]}")

        with suppress(Unsatisfiable):  # some have nothing in them that could be wrong
            ask()
    assert wrong == []
    assert api.said == []
