"""An API that looks for the role of a token elsewhere than in `role`: what Haulback signs says it there."""

from __future__ import annotations

import jwt
import pytest
from acceptance_site import until
from api_secret import SECRET

NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  author uuid not null references auth.users on delete cascade,
  body text
);
alter table public.notes enable row level security;
grant select, insert, update, delete on public.notes to authenticated, service_role;
revoke all on public.notes from anon;
create policy own on public.notes to authenticated
  using ((select auth.uid()) = author) with check ((select auth.uid()) = author);
"""
FILTERED = "$.app.roles[?(@ == 'authenticated')]"


@pytest.fixture
def looking(site):
    """Serves the API of the project, which looks for roles where haulback.toml or the database says."""
    gateways = []

    def serve(path: str, *, by_database: bool = False) -> None:
        site.environment["HAULBACK_JWT_SECRET"] = SECRET
        text = "" if by_database else f'[api]\nrole_claim = "{path}"\n'
        if by_database:
            with site.operator() as connection:
                where = f'alter role authenticator in database "{site.database}"'
                connection.execute(f"{where} set pgrst.jwt_role_claim_key = '{path}'")
        site.configure(text)
        gateways.append(site.start("serve", "--json", "--port", "0"))
        url = until(lambda: gateways[0].said, "the API")[0]["url"]
        site.configure(text, local=f'api_url = "{url}"')

    yield serve
    for one in gateways:
        one.process.terminate()
        one.ended()


@pytest.mark.parametrize("by_database", [False, True], ids=["file", "database"])
def test_a_deployment_is_verified_as_every_caller(site, looking, by_database):
    looking("$.app_metadata.roles[1]", by_database=by_database)
    site.migration("001_notes.sql", NOTES)
    ended = site.deploy()
    assert ended.exit == 0, ended.stderr
    assert ended.step("verify")["unknown"] == []


def test_what_others_may_do_is_still_found(site, looking):
    looking("$.app_metadata.role")
    site.migration("001_notes.sql", NOTES)
    for_all = "to authenticated using (auth.role() = 'authenticated')"
    site.migration(
        "002_open.sql",
        f"create policy seen on public.notes for select {for_all};"
        f" create policy change on public.notes for update {for_all};",
    )
    ended = site.deploy("--skip", "hazards")
    assert ended.exit == 4, ended.stdout
    assert "user B changes" in ended.stderr


@pytest.mark.parametrize(
    ("path", "left"), [(FILTERED, "service_role"), ("$.sub", "authenticated"), ("$[0]", "authenticated")]
)
def test_a_role_that_no_token_can_say_there_is_unknown_and_never_passed(site, looking, path, left):
    looking(path)
    site.migration("001_notes.sql", NOTES)
    ended = site.deploy()
    assert ended.exit == 0, ended.stderr
    assert "api-callers" in ended.step("verify")["unknown"]
    assert f"no token says {left} where the API looks for the role" in ended.stdout


def test_tokens_of_the_command_say_it_there(site):
    site.environment["HAULBACK_JWT_SECRET"] = SECRET
    site.configure('[api]\nrole_claim = "$.app.role"')
    claims = jwt.decode(site.run("token", "--role", "anon").stdout.strip(), SECRET, ["HS256"])
    assert (claims["app"], claims["role"]) == ({"role": "anon"}, "anon")
    site.configure(f'[api]\nrole_claim = "{FILTERED}"')
    refused = site.run("token", "--role", "anon", "--json")
    assert (refused.exit, refused.document["error"]) == (2, "cannot-place-role")
