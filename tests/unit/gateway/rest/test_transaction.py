"""What a transaction begins with."""

from __future__ import annotations

from haulback.gateway.transaction import search_path


def test_the_search_path_is_the_exposed_schema_and_those_behind_it_as_they_were_given() -> None:
    # EXPLAIN (SETTINGS) shows it, and snapshots of Supabase's client for JavaScript have `public` twice.
    assert search_path("public", ("public", "extensions")) == b'"public", "public", "extensions"'
    assert search_path('a"b', ()) == b'"a""b"'
