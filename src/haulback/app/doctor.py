"""Use case: what Haulback finds on this machine, and what it would use it for. Connects to no target."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping

from haulback.config.environment import NAME as ENVIRONMENT_TARGET
from haulback.errors import HaulbackError
from haulback.migrations.folder import find as find_migrations
from haulback.model.check import Outcome
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg import binaries, os_user
from haulback.pg.binaries import Binaries
from haulback.pg.cluster import SUPERUSER, Cluster
from haulback.pg.platform import standins
from haulback.report.subjects import Finding

_CLIENTS = ("pg_dump", "psql", "pg_basebackup", "pg_verifybackup")
_FREE = 1.0  # GiB: an embedded server, a shadow and their WAL need about that to begin with
_GIB = 1024**3
# Values of these are secrets: only that they are set is told.
_VARIABLES = (
    "HAULBACK_HOME", "HAULBACK_TARGET", "HAULBACK_PG_BIN", "HAULBACK_OS_USER", "DATABASE_URL", "DB_HOST", "DB_PORT",
    "DB_USER", "DB_NAME", "DB_SSLMODE", "DB_PASSWORD", "PGPASSWORD", "SUPABASE_URL", "SERVICE_ROLE_KEY", "USER_JWT",
    "ENVIRONMENT",
)  # fmt: skip


def examine(settings: Settings, environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """Returns what was found, area by area."""
    return (*_programs(), *_settings(settings, environment), *_targets(settings), *_folders(settings))


def _programs() -> Iterator[Finding]:
    try:
        embedded = binaries.embedded()
    except HaulbackError as failure:
        yield Finding("programs", "embedded server", Outcome.FAIL, failure.message, failure.hint, essential=True)
        embedded = None
    for found in binaries.find():
        yield _installation(found, embedded)
    if embedded:
        yield _extensions(embedded)
    yield _os_user()


def _installation(found: Binaries, embedded: Binaries | None) -> Finding:
    best = binaries.for_major(found.major)
    uses = ["the embedded server"] if embedded and found.bin_dir == embedded.bin_dir else []
    uses += [f"shadows of targets of PostgreSQL {found.major}"] if best and best.bin_dir == found.bin_dir else []
    missing = [one for one in _CLIENTS if not found.program(one).is_file()]
    lacks = [*(f"{one}" for one in found.lacks), *missing]
    told = f"{found.bin_dir}: {' and '.join(uses) or 'not used'}"
    told += f"; lacks {', '.join(lacks)}" if lacks else ""
    told += "" if found.options_known else "; what it was built without is unknown"
    return Finding("programs", f"PostgreSQL {found.version}", Outcome.PASS, told)


def _extensions(embedded: Binaries) -> Finding:
    real = standins.available(embedded)
    stand_ins = sorted(standins.names() - real)
    told = f"{len(real)} in the embedded server; stand-ins for {', '.join(stand_ins)}"
    return Finding("programs", "extensions", Outcome.PASS, told)


def _os_user() -> Finding:
    try:
        user = os_user.server_user()
        user.command(["true"])
    except HaulbackError as failure:
        return Finding("programs", "user", Outcome.FAIL, failure.message, failure.hint, essential=True)
    told = f"servers of ours run as {user.name}, since PostgreSQL does not run as root" if user.switch else "ourselves"
    return Finding("programs", "user", Outcome.PASS, told)


def _settings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    read = ", ".join(settings.read_from) or "no haulback.toml: defaults"
    yield Finding("settings", "file", Outcome.PASS, read)
    named = [one for one in _VARIABLES if environment.get(one) or environment.get(f"{one}_FILE")]
    yield Finding("settings", "environment", Outcome.PASS, ", ".join(named) or "nothing of ours is set")
    known = settings.default_target in settings.targets
    yield Finding(
        "settings",
        "default target",
        Outcome.PASS if known else Outcome.FAIL,
        settings.default_target,
        "" if known else f"Name one of {', '.join(settings.targets)} in default_target or HAULBACK_TARGET.",
        essential=not known,
    )
    yield Finding("settings", "lock budget", Outcome.PASS, f"{settings.lock_budget:g} s")


def _targets(settings: Settings) -> Iterator[Finding]:
    for target in settings.targets.values():
        yield Finding("targets", target.name, Outcome.PASS, f"{target.environment}, {_address(settings, target)}")


def _address(settings: Settings, target: Target) -> str:
    if target.embedded:
        return f"embedded: {_embedded_state(settings)}"
    at = target.parameters
    where = f"{at.get('host') or at.get('hostaddr') or 'the local socket'}:{at.get('port', '5432')}"
    password = "with a password" if target.password else "without a password of ours"
    origin = " from the environment" if target.name == ENVIRONMENT_TARGET else ""
    return f"{where}/{at.get('dbname', '')} as {at.get('user', 'the default user')}, {password}{origin}"


def _embedded_state(settings: Settings) -> str:
    try:
        status = Cluster(settings.home, "main", binaries.embedded()).status()
    except HaulbackError as failure:
        return failure.message
    if status.running:
        return f"runs as process {status.running.pid} on port {status.running.port}, superuser {SUPERUSER}"
    return "does not run" if status.made else "not made yet"


def _folders(settings: Settings) -> Iterator[Finding]:
    yield _home(settings)
    yield _migrations(settings)
    existing = next(one for one in (settings.home, *settings.home.parents) if one.exists())
    free = shutil.disk_usage(existing).free / _GIB
    yield Finding(
        "folders",
        "disk",
        Outcome.PASS if free >= _FREE else Outcome.FAIL,
        f"{free:.1f} GiB free for {settings.home}",
        "" if free >= _FREE else f"Free {_FREE:.0f} GiB, or set HAULBACK_HOME to a folder elsewhere.",
    )


def _home(settings: Settings) -> Finding:
    existing = next(one for one in (settings.home, *settings.home.parents) if one.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        told = str(settings.home) if existing == settings.home else f"{settings.home}, not made yet"
        return Finding("folders", "home", Outcome.PASS, told, essential=True)
    hint = "Give yourself the right to write there, or set HAULBACK_HOME to another folder."
    return Finding("folders", "home", Outcome.FAIL, f"{existing} cannot be written to", hint, essential=True)


def _migrations(settings: Settings) -> Finding:
    try:
        folder = find_migrations(settings.migrations)
    except HaulbackError as failure:
        return Finding("folders", "migrations", Outcome.FAIL, failure.message, failure.hint)
    except OSError as failure:
        return Finding("folders", "migrations", Outcome.FAIL, f"{settings.migrations}: {failure.strerror}")
    told = f"{settings.migrations}: {len(folder.files)} migrations, {len(folder.rollbacks)} rollback scripts"
    return Finding("folders", "migrations", Outcome.PASS, told)
