"""A row made of its fields is refused as the body would be: in the same order, for the same reason."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from rest_api import Api, served

SCHEMA = """
CREATE TYPE public.mood AS ENUM ('fine');
CREATE TABLE public.kinds (a int, b uuid, c character(3), d public.mood, e timestamptz, f jsonb NOT NULL DEFAULT '{}');
CREATE TABLE public.secrets (LIKE public.kinds INCLUDING DEFAULTS);
REVOKE ALL ON public.secrets FROM PUBLIC, anon, authenticated;
CREATE TABLE public.own (LIKE public.kinds INCLUDING DEFAULTS);
ALTER TABLE public.own ENABLE ROW LEVEL SECURITY;
"""
BODIES = [
    {"a": "x"},
    {"a": 1, "b": "x"},
    {"c": "long", "b": "x"},
    {"d": "sad", "a": 2**40},
    {"e": "2026-13-01", "f": None},
    {"f": None},
    {"a": 1},
]


@pytest.fixture(scope="module")
def api(embedded, standing, tmp_path_factory) -> Iterator[Api]:
    path = tmp_path_factory.mktemp("kinds") / "kinds.sql"
    path.write_text(SCHEMA)
    with standing(embedded, path) as name:

        class Site:
            def conninfo(self, user: str = "postgres") -> str:
                return embedded.conninfo(user, name)

        with served(Site()) as running:
            yield running


@pytest.mark.parametrize("prefer", ["return=minimal", "return=headers-only", "return=representation"])
@pytest.mark.parametrize("table", ["kinds", "secrets", "own"])
@pytest.mark.parametrize("body", BODIES, ids=json.dumps)
def test_it_is_refused_for_the_same_reason(api: Api, table: str, body: dict[str, object], prefer: str) -> None:
    def told(text: bytes) -> tuple[int, bytes]:
        headers = {"Prefer": prefer, "Content-Type": "application/json"}
        reply = api.ask("POST", f"/{table}", text, headers=headers)
        return reply.status, reply.body

    by_field = [told(json.dumps(body).encode()) for _ in range(5)]  # alone at first, then with others
    as_a_body = told(json.dumps(body, indent=1).encode())
    assert by_field == [as_a_body] * 5
