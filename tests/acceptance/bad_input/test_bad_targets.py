from __future__ import annotations

import psycopg
import pytest

from haulback.pg.cluster import SUPERUSER

DEPLOY = ("deploy", "--yes")


def tcp(project, **changes: object) -> str:
    parts = {"port": project.server.port, "database": project.database, "query": ""} | changes
    return f"postgresql://postgres@127.0.0.1:{parts['port']}/{parts['database']}{parts['query']}"


def test_a_wrong_password(project):
    ended = project.refused(
        *DEPLOY, code="authentication-failed", status=1, told="environment refused the login of postgres",
        environment={"DATABASE_URL": tcp(project)},
    )  # fmt: skip
    assert "PGPASSWORD" in ended.stderr


def test_a_host_that_is_down(project):
    project.refused(
        *DEPLOY, code="connection-failed", status=1, told="Connection refused",
        environment={"DATABASE_URL": tcp(project, port=1)},
    )  # fmt: skip


def test_a_server_without_tls(project):
    project.refused(
        *DEPLOY, code="tls-refused", status=1, told="server does not support SSL",
        environment={"DATABASE_URL": tcp(project, query="?sslmode=require")},
    )  # fmt: skip


def test_a_missing_database(project):
    url = project.url.replace(project.database, "nowhere")

    project.refused(
        *DEPLOY, code="database-missing", status=1, told="has no database nowhere", environment={"DATABASE_URL": url}
    )


def test_a_read_only_target(project):
    with psycopg.connect(project.server.conninfo(SUPERUSER, "template1"), autocommit=True) as root:
        root.execute(f"alter database {project.database} set default_transaction_read_only = on")

    project.refused(*DEPLOY, code="read-only-target", status=3, told="default_transaction_read_only is on")


def test_an_unknown_target(project):
    ended = project.refused(
        *DEPLOY, "--target", "prod", code="unknown-target", status=2, told="there is no target prod"
    )
    assert "Known targets: environment." in ended.stderr


def test_another_deployment_at_work(project):
    with psycopg.connect(project.server.conninfo(database=project.database), autocommit=True) as other:
        from haulback.journal.lock import acquire  # noqa: PLC0415 - the same lock by the same hand

        acquire(other, "environment")
        project.refused(
            *DEPLOY, code="target-held", status=6, told="another deployment holds environment: postgres, pid "
        )


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DATABASE_URL": "postgresql://u:s3cret-9zQ7@x@h/db"}, "ends the password early"),
        ({"DATABASE_URL": "no url s3cret-9zQ7"}, "is not a PostgreSQL connection string"),
        ({"DATABASE_URL": "postgresql://u@h/db?pgbouncer=true"}, "libpq knows no parameter pgbouncer"),
        ({"ENVIRONMENT": "prod"}, "there is no environment 'prod'"),
        ({"DB_PORT": "no"}, "the port in DB_PORT is no port"),
    ],
)
def test_an_environment_that_says_nothing_usable(project, environment, told):
    project.refused(*DEPLOY, code="usage-error", status=2, told=told, environment=environment)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ('[targets.a]\nurl = "postgresql://u:s3cret-9zQ7@h/db"', "secret-in-file", "targets.a.url holds a password"),
        ("[targets.a]\npasword = 's3cret-9zQ7'", "unknown-setting", "there is no setting targets.a.pasword"),
        ("[deploy]\nlock_budget = 'soon'", "wrong-setting", "deploy.lock_budget must be a time"),
        ("[deploy", "configuration-unreadable", "haulback.toml: "),
    ],
)
def test_a_configuration_that_cannot_be_taken(project, text, code, told):
    project.write("haulback.toml", text)

    project.refused(*DEPLOY, code=code, status=2, told=told)
