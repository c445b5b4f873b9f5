"""A function that is marked IMMUTABLE and reads the claims all the same tells nobody what another may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_api import Api, served, token

if TYPE_CHECKING:
    from conftest import Database

ADA, BEN = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
CLAIM = "(current_setting('request.jwt.claims')::json->>'sub')::uuid"
FUNCTIONS = {
    "in SQL": f"CREATE FUNCTION public.me() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT {CLAIM} $$",
    "in PL/pgSQL": f"CREATE FUNCTION public.me() RETURNS uuid LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN {CLAIM}; END $$",
    "called by one that is not": f"""
        CREATE FUNCTION public.mine() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT {CLAIM} $$;
        CREATE FUNCTION public.me() RETURNS uuid LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN public.mine(); END $$
    """,
}
TABLE = """
    CREATE TABLE public.notes (owner uuid PRIMARY KEY, body text);
    CREATE TABLE public.sayings (owner uuid, body text);
    ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.sayings ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON public.notes USING (owner = public.me());
    CREATE POLICY own ON public.sayings USING (owner = public.me());
    INSERT INTO public.notes VALUES ('00000000-0000-0000-0000-00000000000a', 'ada'),
        ('00000000-0000-0000-0000-00000000000b', 'ben');
    CREATE FUNCTION public.heard(shortest int) RETURNS SETOF public.notes LANGUAGE plpgsql STABLE
        AS $$ BEGIN RETURN QUERY SELECT * FROM public.notes WHERE length(body) >= shortest; END $$;
    GRANT SELECT, INSERT ON public.notes, public.sayings TO authenticated;
"""


def asked(api: Api, way: str, user: str, name: str) -> Any:
    """What one user is answered, beside what that should be: [{"body": "ada"}]."""
    as_user = token(user=user)
    if way == "read":
        return api.ask("GET", "/notes?select=body", token=as_user).json
    if way == "filtered":
        return api.ask("GET", "/notes?select=body&body=neq.nobody", token=as_user).json
    if way == "called":
        return api.ask("GET", "/rpc/heard?shortest=1&select=body", token=as_user).json
    if way == "graphql":
        query = {"query": "{ notesCollection { edges { node { body } } } }"}
        answer = api.ask("POST", "", query, token=as_user, mount="/graphql/v1").json
        return [edge["node"] for edge in answer["data"]["notesCollection"]["edges"]]
    written = api.ask("POST", "/sayings", {"owner": user, "body": name}, token=as_user)
    return [{"body": name}] if written.status == 201 else written.json


@pytest.mark.once
@pytest.mark.parametrize("way", ["read", "filtered", "called", "graphql", "written"])
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_everybody_is_asked_about_alone(database: Database, function: str, way: str) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(function)
        connection.execute(TABLE)
    with served(database) as api:
        for _ in range(8):
            for user, name in ((ADA, "ada"), (BEN, "ben")):
                assert asked(api, way, user, name) == [{"body": name}]


def test_one_that_is_marked_so_later_is_noticed_when_the_schema_is_read_again(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(FUNCTIONS["in SQL"].replace("IMMUTABLE", "STABLE"))
        connection.execute(TABLE)
        with served(database) as api:
            assert [asked(api, "read", user, "") for user in (ADA, BEN)] == [[{"body": "ada"}], [{"body": "ben"}]]
            connection.execute("ALTER FUNCTION public.me() IMMUTABLE; CREATE TABLE public.later ()")
            connection.execute("NOTIFY pgrst")
            while api.ask("GET", "/later", token=token(user=ADA)).status == 404:
                pass
            for _ in range(8):
                assert [asked(api, "read", user, "") for user in (ADA, BEN)] == [[{"body": "ada"}], [{"body": "ben"}]]
