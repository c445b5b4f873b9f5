"""Opens sessions on a target, and says clearly why one could not be opened."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from haulback.errors import Exit, HaulbackError
from haulback.model.target import Target

CONNECT_TIMEOUT = 10  # seconds; libpq's own default is to wait for ever
IDLE_IN_TRANSACTION = "60s"  # after which the server ends an open transaction of ours whose process hangs

# (first major, name, value): no timeout of the role or database may end a session of ours that waits or works, and
# one whose process is gone must not stay. Said after connecting, since poolers refuse options at the start.
_STEADY = (
    (14, "idle_session_timeout", "0"),
    (17, "transaction_timeout", "0"),
    (10, "statement_timeout", "0"),
    (10, "idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
    (10, "tcp_keepalives_idle", "30"),
    (10, "tcp_keepalives_interval", "10"),
    (10, "tcp_keepalives_count", "3"),
    (14, "client_connection_check_interval", "500ms"),
)


class ConnectionFailed(HaulbackError):
    template = "cannot connect to {target}: {reason}"
    hint_template = "Check the host, port and database of the target, and that the server runs."


class AuthenticationFailed(ConnectionFailed):
    template = "{target} refused the login of {user}: {reason}"
    hint_template = "Set the password in PGPASSWORD, DB_PASSWORD, a password file or .pgpass."


class TlsRefused(ConnectionFailed):
    template = "no TLS connection to {target}: {reason}"
    hint_template = "Switch TLS on at the server, or set sslmode of this target to prefer if it is local."


class AccessRefused(ConnectionFailed):
    template = "{target} does not let {user} in from here: {reason}"
    hint_template = "Have pg_hba.conf of the server let this machine in, or set sslmode=require if it asks for TLS."


class DatabaseMissing(ConnectionFailed):
    template = "{target} has no database {database}"
    hint_template = "Name an existing database in the target's url, or create it first."


class TooManyConnections(ConnectionFailed):
    template = "{target} has no connection left: {reason}"
    hint_template = "Wait for clients to leave, or raise max_connections."


class ReadOnlyTarget(HaulbackError):
    template = "{target} is read-only: {reason}"
    hint_template = "Point the target at the primary server."
    exit_code = Exit.REFUSED


class PoolerInBetween(HaulbackError):
    template = "a transaction pooler stands between us and {target}"
    hint_template = (
        "Use the direct connection (on Supabase port 5432 of the database host, or the session pooler): "
        "locks and settings of a session do not survive a transaction pooler."
    )
    exit_code = Exit.REFUSED


@dataclass(frozen=True, slots=True)
class Server:
    """Facts of the server behind a session.

    Attributes:
        version: server_version_num, such as 180006.
        user: the role we are, as the server sees it.
        encrypted: whether this very session runs over TLS.
        local: whether the session came over a Unix socket or from a loopback address.
    """

    version: int
    user: str
    database: str
    superuser: bool
    encrypted: bool
    local: bool

    @property
    def major(self) -> int:
        return self.version // 10000


def conninfo(target: Target, application: str) -> str:
    """The libpq connection string of a target; holds the password, so it is never shown."""
    given: Mapping[str, str] = target.parameters
    secret = {"password": target.password} if target.password else {}
    defaults = {"connect_timeout": str(CONNECT_TIMEOUT)}
    parameters: dict[str, Any] = {**defaults, **given, **secret, "application_name": application}
    return make_conninfo("", **parameters)


def connect(target: Target, application: str = "haulback", *, autocommit: bool = True) -> psycopg.Connection:
    """Opens a session as the target's role.

    Args:
        target: where to.
        application: application_name of the session; carries the deployment id, so that a rerun finds an orphan.
        autocommit: as psycopg's.

    Raises:
        ConnectionFailed: or one of its children, that says which of the usual causes it was.
    """
    try:
        connection = psycopg.connect(conninfo(target, application), autocommit=autocommit)
    except psycopg.OperationalError as error:
        raise _explained(target, error) from None  # the original text may hold the connection string
    connection.prepare_threshold = None
    return connection


@contextmanager
def session(target: Target, application: str = "haulback") -> Iterator[psycopg.Connection]:
    """A session in autocommit that is closed at the end, whatever happens."""
    connection = connect(target, application)
    try:
        yield connection
    finally:
        connection.close()


def server(connection: psycopg.Connection) -> Server:
    """Asks the server who we are to it; one round trip."""
    row = connection.execute(_SERVER).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    return Server(connection.info.server_version, *row)


_SERVER = """
select current_user::text, pg_catalog.current_database()::text, r.rolsuper,
       coalesce((select s.ssl from pg_catalog.pg_stat_ssl as s where s.pid = pg_catalog.pg_backend_pid()), false),
       coalesce(pg_catalog.inet_client_addr() <<= '127.0.0.0/8'
                or pg_catalog.inet_client_addr() = '::1', true)
  from pg_catalog.pg_roles as r
 where r.rolname = current_user
"""


def steady(connection: psycopg.Connection) -> None:
    """Keeps a session of ours alive through the timeouts of a role or database, and ends it soon when we are gone.

    A role's statement_timeout is meant for its API requests: a migration may take longer.

    Only for a session that no transaction pooler lends to others; again after a DISCARD ALL.
    """
    major = connection.info.server_version // 10000
    known = [(name, value) for first, name, value in _STEADY if major >= first]
    query = sql.SQL("select {}").format(sql.SQL(", ").join([_SET] * len(known)))
    parameters = [part for pair in known for part in pair]
    try:
        connection.execute(query, parameters)
    except psycopg.errors.InvalidParameterValue:
        # Some systems cannot tell whether a client is still there.
        connection.execute(sql.SQL("select {}").format(sql.SQL(", ").join([_SET] * (len(known) - 1))), parameters[:-2])


_SET = sql.SQL("pg_catalog.set_config(%s, %s, false)")


def require_primary(connection: psycopg.Connection, target: Target) -> None:
    """Raises ReadOnlyTarget where nothing can be written."""
    row = connection.execute(
        "select pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') = 'on'"
    ).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    in_recovery, read_only = row
    if in_recovery:
        raise ReadOnlyTarget(target=target.name, reason="it is a standby in recovery")
    if read_only:
        raise ReadOnlyTarget(target=target.name, reason="default_transaction_read_only is on")


def require_direct(connection: psycopg.Connection, target: Target) -> None:
    """Raises PoolerInBetween where consecutive statements of one session may meet different backends.

    A pooler invents the process id it hands out at login, so a difference from pg_backend_pid() shows one. A
    session pooler is harmless: to tell the two apart, a second session takes a transaction, which steals the
    backend of the first exactly when the pooler lends backends by transaction.
    """
    own = backend(connection)
    if own == connection.info.backend_pid:
        return
    with session(target, "haulback probe") as thief:
        thief.autocommit = False
        try:
            with _ended_after(thief, _STEAL_SECONDS):
                backend(thief)
        except psycopg.OperationalError:
            return  # no backend is left for the second session: each has its own for good
        try:
            with _ended_after(thief, _STEAL_SECONDS) as ended:
                changed = backend(connection) != own
        except psycopg.OperationalError:
            changed = True
    if changed or ended.is_set():
        raise PoolerInBetween(target=target.name)


_STEAL_SECONDS = 3.0


@contextmanager
def _ended_after(connection: psycopg.Connection, seconds: float) -> Iterator[threading.Event]:
    """Cuts the session off when the block takes longer; the event says whether it did.

    A pooler with one backend makes one of two sessions wait until the other lets go, for minutes.
    """
    ended = threading.Event()

    def cut() -> None:
        ended.set()
        with socket.socket(fileno=os.dup(connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.start()
    try:
        yield ended
    finally:
        timer.cancel()
        timer.join()


def backend(connection: psycopg.Connection) -> int:
    """The process id of our backend, as the server has it; the one from the login may be a pooler's invention."""
    row = connection.execute("select pg_catalog.pg_backend_pid()").fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    return int(row[0])


def _explained(target: Target, error: psycopg.OperationalError) -> ConnectionFailed:
    """Names the usual cause; libpq gives no SQLSTATE for a failed login, so its text is what there is."""
    reason = _first_line(str(error))
    fields = {
        "target": target.name,
        "reason": reason,
        "user": target.parameters.get("user", "the default user"),
        "database": target.parameters.get("dbname", ""),
    }
    unnamed = re.sub(r"'[^']*'|\"[^\"]*\"", "…", reason)  # a host or database may be named after any cause
    for pattern, kind in _CAUSES:
        if pattern.search(unnamed):
            return kind(**fields)
    return ConnectionFailed(**fields)


_CAUSES: tuple[tuple[re.Pattern[str], type[ConnectionFailed]], ...] = (
    (re.compile(r"no pg_hba\.conf entry|pg_hba\.conf rejects"), AccessRefused),
    (re.compile(r"authentication failed|no password supplied|role .* does not exist"), AuthenticationFailed),
    (re.compile(r"support SSL|SSL error|SSL SYSCALL|SSL connection|TLS|certificate|sslmode"), TlsRefused),
    (re.compile(r"database .* does not exist"), DatabaseMissing),
    (re.compile(r"too many (clients|connections)|remaining connection slots"), TooManyConnections),
)


def _first_line(text: str) -> str:
    """Libpq repeats the address before each reason and adds advice after it; the reason is what we keep."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = next((one for one in lines if "failed" in one or "FATAL" in one), lines[0] if lines else "no reason given")
    return re.sub(r"^.*(?:FATAL:|failed:)\s*", "", line) or line
