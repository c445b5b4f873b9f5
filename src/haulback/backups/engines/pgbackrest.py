"""A whole cluster, in pgBackRest's own repository, where that is installed and configured.

It is told everything in its own ways: its configuration file, or PGBACKREST_STANZA, PGBACKREST_CONFIG and the like.
In our store lies only what we know of the backup, and what was proved: its own `verify` ends with 0 over flipped
bytes, and calls a backup valid whose WAL is gone, so a proof here is a restore.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from haulback.backups import manifest
from haulback.backups.cluster_errors import NoBinariesFor, PgBackRestFailed, PgBackRestMissing
from haulback.backups.copying import require_room
from haulback.backups.engines._engine import Engine, Proving, Taking
from haulback.backups.naming import new_id
from haulback.backups.physical_proof import read_whole
from haulback.backups.scratch import scratch
from haulback.errors import HaulbackError
from haulback.model.backup import Backup, BackupKind, Proof, Verdict
from haulback.pg import binaries, control, postmaster
from haulback.pg.control import ControlUnreadable
from haulback.pg.os_user import server_user
from haulback.pg.postmaster import ClusterDidNotStart
from haulback.pg.private_server import PrivateServer
from haulback.pg.queries import queries

_SQL = queries("haulback.backups", "sql/physical.sql")
_HARM = re.compile(r"checksum|missing file|unable to open|invalid", re.IGNORECASE)
_COMMAND = re.compile(r"^restore_command = '(.*)'$", re.MULTILINE)
_SPARE = 256 * 1024 * 1024


def _take(taking: Taking, kind: BackupKind) -> Backup:
    row = taking.connection.execute(_SQL["facts"]).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    version, database, began, superuser, *_ = row
    _run("backup", "--type=full")
    told = json.loads(_run("info", "--output=json"))[0]
    made = told["backup"][-1]
    backup = Backup(
        id=new_id(began, kind),
        kind=kind,
        target=taking.target.name,
        database=database,
        system=str(next(one["system-id"] for one in told["db"] if one["id"] == made["database"]["id"])),
        server_version=version,
        lsn=made["lsn"]["stop"],
        began_at=began,
        ended_at=datetime.fromtimestamp(made["timestamp"]["stop"], UTC),
        files=(),
        detail=_detail(made, superuser),
    )
    with taking.shelf.store.writing(f"{backup.id}/{manifest.NAME}") as stream:
        stream.write(manifest.to_text(backup))
    return backup


def _detail(made: dict[str, Any], superuser: str) -> dict[str, Any]:
    return {
        "engine": "pgbackrest",
        "label": made["label"],
        "start_lsn": made["lsn"]["start"],
        "stop_lsn": made["lsn"]["stop"],
        "start_wal": made["archive"]["start"],
        "stop_wal": made["archive"]["stop"],
        "timeline": int(made["archive"]["stop"][:8], 16),
        "bytes": made["info"]["size"],
        "superuser": superuser,
    }


def _prove(proving: Proving) -> Proof:
    begun = proving.clock.monotonic()
    verdict, problems, detail = _tried(proving)
    seconds = proving.clock.monotonic() - begun
    return Proof(proving.backup.id, verdict, proving.clock.now(), seconds, tuple(problems), detail)


def _tried(proving: Proving) -> tuple[Verdict, list[str], dict[str, Any]]:
    try:
        with scratch(proving.home.absolute() / "proofs") as folder:
            return _restored(proving, folder)
    except (ClusterDidNotStart, ControlUnreadable) as damage:
        return Verdict.BAD, [damage.message], {}
    except PgBackRestFailed as failure:
        bad = failure.fields["does"] == "restore" and _HARM.search(failure.message)
        return Verdict.BAD if bad else Verdict.UNKNOWN, [failure.message], {}
    except HaulbackError as failure:
        return Verdict.UNKNOWN, [failure.message], {}
    except (psycopg.Error, OSError) as failure:
        return Verdict.UNKNOWN, [str(failure).splitlines()[0]], {}


def _restored(proving: Proving, folder: Path) -> tuple[Verdict, list[str], dict[str, Any]]:
    detail = proving.backup.detail
    label, superuser = detail.get("label"), detail.get("superuser")
    if not isinstance(label, str) or not isinstance(superuser, str):  # anybody may have written it
        return Verdict.BAD, ["its manifest does not say which backup of pgBackRest it is"], {}
    found = binaries.for_major(proving.backup.major)
    if found is None:
        raise NoBinariesFor(major=proving.backup.major)
    require_room(folder, proving.backup.size + _SPARE)
    owner = server_user()
    server = PrivateServer(folder, found, superuser)
    server.data.mkdir(mode=0o700)
    owner.own(server.data)
    try:
        _run(
            "restore", f"--pg1-path={server.data}", f"--set={label}", "--type=immediate",
            "--target-action=promote", "--archive-mode=off", reaches=(server.data,),
        )  # fmt: skip
        command = _COMMAND.search((server.data / "postgresql.auto.conf").read_text(encoding="utf-8"))
        chosen = {
            "restore_command": f"{_where()} {command[1].replace(chr(39) * 2, chr(39))}" if command else "",
            "recovery_target": "immediate",
            "recovery_target_action": "promote",
            "recovery_target_timeline": "current",
            "fsync": "off",
        }
        server.configure(server.data, chosen, recover=True)
        server.start()
        checksums = control.read(found, server.data).checksums
        seen = read_whole(server, proving.progress, checksums=checksums)
    finally:
        server.remove()
    told = {"major": found.major, "tables": seen.tables, "indexes": seen.indexes, "rows": sum(seen.rows.values())}
    return Verdict.BAD if seen.problems else Verdict.PROVED, seen.problems, told


def _where() -> str:
    """Where pgBackRest finds its configuration, for the server's own calls; never a secret, which a file must hold."""
    named = (f"PGBACKREST_{name}" for name in ("CONFIG", "CONFIG_PATH", "CONFIG_INCLUDE_PATH", "STANZA"))
    given = {name: os.environ[name] for name in named if name in os.environ}
    return " ".join(["env", *(f"{name}={shlex.quote(value).replace('%', '%%')}" for name, value in given.items())])


def _run(does: str, *arguments: str, reaches: tuple[Path, ...] = ()) -> str:
    """What it says on stdout.

    Raises:
        PgBackRestMissing: it is not installed.
        PgBackRestFailed: with its last error.
    """
    program = shutil.which("pgbackrest")
    if program is None:
        raise PgBackRestMissing
    own = {name: value for name, value in os.environ.items() if name.startswith("PGBACKREST_")}
    quiet = ("--log-level-console=off", "--log-level-stderr=error")
    done = subprocess.run(
        server_user().command([program, *arguments, *quiet, does], reaches),
        capture_output=True, text=True, errors="replace", check=False, cwd="/", env=postmaster.environment() | own,
    )  # fmt: skip
    if done.returncode != 0:
        said = [line.partition("ERROR: ")[2] or line for line in done.stderr.splitlines() if line.strip()]
        raise PgBackRestFailed(does=does, reason=" / ".join(said[:3]) or f"exit {done.returncode}")
    return done.stdout


ENGINE = Engine("pgbackrest", (BackupKind.PHYSICAL,), _take, _prove)
