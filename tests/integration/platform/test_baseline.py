"""The Supabase platform on both servers."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import psycopg
import pytest
from corpus import apply

from haulback.pg.cluster import SUPERUSER
from haulback.pg.platform import baseline

FIXTURES = Path(__file__).parent / "migrations"


def one(connection: psycopg.Connection, query: str, *values: object) -> object:
    row = connection.execute(query, values or None).fetchone()
    assert row is not None
    return row[0]


def test_applying_it_again_does_nothing(any_database) -> None:
    with any_database.connect(SUPERUSER, autocommit=True) as connection:
        assert not baseline.apply(connection, any_database.name)


def test_extensions_that_supabase_has_from_the_start_belong_to_postgres(any_database) -> None:
    with any_database.connect() as connection:
        rows = connection.execute(
            "SELECT extname, extnamespace::regnamespace::text, extowner::regrole::text FROM pg_extension"
            " WHERE extname <> 'plpgsql' ORDER BY 1"
        ).fetchall()
        connection.execute("COMMENT ON EXTENSION pg_graphql IS 'a dump does this'")
    assert rows == [
        ("pg_graphql", "graphql", "postgres"),
        ("pg_stat_statements", "extensions", "postgres"),
        ("pgcrypto", "extensions", "postgres"),
        ("supabase_vault", "vault", "postgres"),
        ("uuid-ossp", "extensions", "postgres"),
    ]


@pytest.mark.parametrize("setting", ["request.jwt.claims", "request.jwt.claim.sub"])
def test_a_policy_sees_who_asks(any_database, setting: str) -> None:
    user, other = uuid.uuid4(), uuid.uuid4()
    with any_database.connect() as connection:
        connection.execute("INSERT INTO auth.users (id, email) VALUES (%s, 'a@x.org'), (%s, 'b@x.org')", [user, other])
        connection.execute(
            "CREATE TABLE notes (owner uuid REFERENCES auth.users ON DELETE CASCADE, body text);"
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY own ON notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner)"
        )
        connection.execute("INSERT INTO notes VALUES (%s, 'mine'), (%s, 'not mine')", [user, other])
        claims = json.dumps({"sub": str(user), "role": "authenticated"})
        value = claims if setting.endswith("claims") else str(user)
        connection.execute("SELECT set_config(%s, %s, true)", [setting, value])
        connection.execute("SET LOCAL ROLE authenticated")
        assert connection.execute("SELECT body FROM notes").fetchall() == [("mine",)]


def test_new_tables_in_public_are_granted_to_the_api_roles(any_database) -> None:
    with any_database.connect() as connection:
        connection.execute("CREATE TABLE t (id bigserial)")
        for role in ("anon", "authenticated", "service_role"):
            assert one(connection, "SELECT has_table_privilege(%s, 'public.t', 'INSERT')", role) is True
            assert one(connection, "SELECT has_sequence_privilege(%s, 'public.t_id_seq', 'USAGE')", role) is True


def test_postgres_sets_what_postgrest_reads(any_database) -> None:
    # Supabase's documentation has people do so in migrations, and its clients' own suites begin so.
    settings = {"db_aggregates_enabled": "true", "db_max_rows": "50", "db_tx_end": "commit", "db_schemas": "api"}
    with any_database.connect() as connection:
        for name, value in settings.items():
            connection.execute(f"ALTER ROLE authenticator SET pgrst.{name} TO '{value}'")
        kept = one(connection, "SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'authenticator'::regrole")
        connection.rollback()  # the role is the server's, and so every other test's
    assert {f"pgrst.{name}={value}" for name, value in settings.items()} <= set(kept)


def test_postgres_may_do_what_it_may_on_supabase_and_no_more(any_database) -> None:
    with any_database.connect() as connection:
        connection.execute("CREATE POLICY p ON storage.objects FOR SELECT USING (bucket_id = 'x')")
        connection.execute(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER t AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION f();"
            "DROP TRIGGER t ON auth.users"
        )
        connection.execute("CREATE ROLE custom; GRANT custom TO authenticator; GRANT anon TO custom")
        connection.execute("ALTER PUBLICATION supabase_realtime ADD TABLE auth.users")
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.rollback()
    with any_database.connect(autocommit=True) as connection:
        for refused in ("ALTER SYSTEM SET work_mem = '1GB'", "COPY (SELECT 1) TO '/tmp/x'", "CREATE ROLE s SUPERUSER"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)


def test_rows_of_storage_go_only_when_the_deletion_is_allowed(any_database) -> None:
    with any_database.connect() as connection:
        connection.execute("INSERT INTO storage.buckets (id, name) VALUES ('b', 'b')")
        connection.execute("INSERT INTO storage.objects (bucket_id, name) VALUES ('b', 'u/1/photo.tar.gz')")
        parts = "storage.foldername(name), storage.filename(name), storage.extension(name)"
        row = connection.execute(f"SELECT {parts} FROM storage.objects").fetchone()
        assert row == (["u", "1"], "photo.tar.gz", "gz")
        found = connection.execute("SELECT name, id IS NULL FROM storage.search('u/', 'b', 10, 2)").fetchall()
        assert found == [("1", True)]
        connection.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Direct deletion"):
            connection.execute("DELETE FROM storage.objects")
        connection.rollback()
        connection.execute("SET LOCAL storage.allow_delete_query = 'true'")
        assert connection.execute("DELETE FROM storage.objects").rowcount == 1


def test_a_change_is_broadcast_as_a_message(any_database) -> None:
    with any_database.connect() as connection:
        connection.execute(
            "CREATE TABLE t (id int);"
            "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM realtime.broadcast_changes("
            "'topic:1', TG_OP, TG_OP, TG_TABLE_NAME, TG_TABLE_SCHEMA, NEW, OLD); RETURN NULL; END $$;"
            "CREATE TRIGGER tell AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION tell();"
            "INSERT INTO t VALUES (7)"
        )
        row = connection.execute(
            "SELECT topic, event, private, payload -> 'record' ->> 'id', payload ? 'id', realtime.topic()"
            " FROM realtime.messages"
        ).fetchone()
    assert row == ("topic:1", "INSERT", True, "7", True, "topic:1")


def test_secrets_come_back_as_they_went_in(any_database) -> None:
    with any_database.connect() as connection:
        secret = one(connection, "SELECT vault.create_secret('s3cret', 'key', 'why')")
        connection.execute("SELECT vault.update_secret(%s, 'n3w')", [secret])
        query = "SELECT decrypted_secret, description FROM vault.decrypted_secrets WHERE name = 'key'"
        assert connection.execute(query).fetchone() == ("n3w", "why")
        connection.execute("SET LOCAL ROLE anon")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM vault.decrypted_secrets")


@pytest.mark.parametrize(
    "call",
    [
        "SELECT graphql_public.graphql(NULL, '{ a }')",
        "SELECT graphql.resolve('{ a }')",
    ],
)
def test_what_a_stand_in_cannot_do_names_the_extension(any_database, call: str) -> None:
    with (
        any_database.connect() as connection,
        pytest.raises(psycopg.errors.FeatureNotSupported, match='extension "pg_graphql" is a stand-in here'),
    ):
        connection.execute(call)


def test_a_folder_of_migrations_as_teams_write_them_applies(any_database) -> None:
    with any_database.connect(SUPERUSER, autocommit=True) as connection:
        connection.prepare_threshold = None
        outcomes = list(apply(connection, sorted(FIXTURES.glob("*.sql"))))
        assert [o for o in outcomes if o.error] == []
        assert len(outcomes) == len(list(FIXTURES.glob("*.sql")))
        members = "SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = %s)"
        for name in ("pg_cron", "pg_net", "pgmq", "postgis", "pg_jsonschema"):
            assert int(str(one(connection, members, name))) > 0, name
        assert one(connection, "SELECT count(*) FROM pg_extension WHERE extname = 'nobody_knows_this'") == 1
        assert one(connection, "SELECT session_user::text") == "postgres"


def told(database, statement: str) -> list[str]:
    """What those hear who listen as PostgREST does, of a statement."""
    with database.connect("authenticator", autocommit=True) as listening:
        listening.execute("LISTEN pgrst")
        with database.connect(autocommit=True) as connection:
            connection.execute(statement)
            connection.execute("NOTIFY pgrst, 'end'")
        heard = []
        for notice in listening.notifies(timeout=30):
            if notice.payload == "end":
                return heard
            heard.append(notice.payload)
    pytest.fail("the end was not heard")


@pytest.mark.parametrize(
    ("before", "statement", "hears"),
    [
        ("", "CREATE TABLE t (x int)", True),
        ("CREATE TABLE t (x int)", "ALTER TABLE t ADD y int", True),
        ("CREATE TABLE t (x int)", "COMMENT ON TABLE t IS 'of the API'", True),
        ("CREATE TABLE t (x int)", "GRANT SELECT ON t TO anon", True),
        ("CREATE TABLE t (x int)", "DROP TABLE t", True),
        ("", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", True),
        ("CREATE TABLE t (x int)", "CREATE INDEX ON t (x)", False),
        ("CREATE TABLE t (x int)", "INSERT INTO t VALUES (1)", False),
        ("", "CREATE TEMPORARY TABLE t (x int); DROP TABLE t", False),
    ],
)
def test_whoever_serves_an_api_hears_of_a_changed_schema(any_database, before: str, statement: str, *, hears: bool):
    with any_database.connect(autocommit=True) as connection:
        if before:
            connection.execute(before)
    assert told(any_database, statement) == (["reload schema"] if hears else [])
