from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from haulback.errors import Exit
from haulback.pg import session
from haulback.pg.cluster import SUPERUSER
from haulback.pg.session import connect, require_primary, server

SECRET = "s3cret-9zQ7"


def refused(target, kind: type[session.ConnectionFailed]):
    with pytest.raises(session.ConnectionFailed) as failure:
        connect(target).close()
    error = failure.value
    assert type(error) is kind, error.message
    assert error.exit_code == Exit.ERROR
    assert error.hint
    assert "prod" in error.message
    for told in (error.message, error.hint, repr(error)):
        assert SECRET not in told
        assert "\n" not in told
    assert error.__suppress_context__
    return error


def changed(target, *, password=None, **parameters):
    texts = {key: str(value) for key, value in parameters.items()}
    return replace(target, parameters={**target.parameters, **texts}, password=password or target.password)


def test_a_session_opens_over_tcp_with_its_password(over_tcp):
    with connect(over_tcp, "haulback/one") as connection:
        facts = server(connection)
        assert (facts.user, facts.local, facts.encrypted, facts.superuser, facts.major) == (
            "postgres", True, False, False, 18,
        )  # fmt: skip
        assert connection.execute("show application_name").fetchone() == ("haulback/one",)


def test_a_wrong_password(over_tcp):
    error = refused(changed(over_tcp, password=SECRET), session.AuthenticationFailed)
    assert error.code == "authentication-failed"
    assert 'password authentication failed for user "postgres"' in error.message
    assert "PGPASSWORD" in error.hint


def test_no_password(over_tcp):
    refused(replace(over_tcp, password=None), session.AuthenticationFailed)


def test_an_unknown_role(target):
    refused(changed(target, user="nobody_here"), session.AuthenticationFailed)


def test_a_host_that_is_down(over_tcp):
    error = refused(changed(over_tcp, port=1, password=SECRET), session.ConnectionFailed)
    assert "Connection refused" in error.message


def test_an_unknown_host_though_it_is_named_after_tls(over_tcp):
    refused(changed(over_tcp, host="ssl-certificate.invalid", password=SECRET), session.ConnectionFailed)


def test_a_server_without_tls(over_tcp):
    error = refused(changed(over_tcp, sslmode="require"), session.TlsRefused)
    assert error.message == "no TLS connection to prod: server does not support SSL, but SSL was required"
    assert "sslmode" in error.hint


def test_a_missing_database_though_it_is_named_after_tls(target):
    error = refused(changed(target, dbname="no_SSL_db"), session.DatabaseMissing)
    assert "no database no_SSL_db" in error.message


def test_no_connection_left(database, target):
    with psycopg.connect(database.server.conninfo(SUPERUSER, "template1"), autocommit=True) as root:
        root.execute("create role crowded login connection limit 0")
        try:
            refused(changed(target, user="crowded"), session.TooManyConnections)
        finally:
            root.execute("drop role crowded")


def test_a_database_that_takes_only_reads(database, target):
    with psycopg.connect(database.server.conninfo(SUPERUSER, database.name), autocommit=True) as root:
        root.execute(f"alter database {database.name} set default_transaction_read_only = on")

    with connect(target) as connection, pytest.raises(session.ReadOnlyTarget) as failure:
        require_primary(connection, target)
    assert failure.value.exit_code == Exit.REFUSED
    assert "default_transaction_read_only is on" in failure.value.message


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL encryption',
         session.AccessRefused),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption',
         session.AccessRefused),
        ('connection to server at "ssl.example.com" (10.0.0.1), port 5432 failed: Connection refused',
         session.ConnectionFailed),
        ('connection to server at "h", port 5432 failed: SSL error: certificate verify failed', session.TlsRefused),
        ('connection to server at "h", port 5432 failed: root certificate file "/x" does not exist',
         session.TlsRefused),
        ("FATAL:  sorry, too many clients already", session.TooManyConnections),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
         session.TooManyConnections),
        ("FATAL:  the database system is starting up", session.ConnectionFailed),
        ("", session.ConnectionFailed),
    ],
)  # fmt: skip
def test_the_cause_is_read_from_the_reason_alone(target, text, kind):
    assert type(session._explained(target, psycopg.OperationalError(text))) is kind
