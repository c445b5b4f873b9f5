"""Other migration runners: where they are installed, and one project of each for the same SQL.

Peers that are not installed are named and left out: `npm install --prefix DIR dbmate node-pg-migrate pg` with
HAULBACK_BENCH_NPM=DIR, and `pip install alembic yoyo-migrations psycopg` into this virtual environment or the one
HAULBACK_BENCH_VENV names.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from haulback.pg.cluster import Running

HAULBACK = [str(Path(sys.executable).with_name("haulback"))]
# The steps that no other tool has.
STEPS = ("rehearsal", "hazards", "preflight", "maintenance", "snapshot", "capture", "validate", "seed", "verify")
SKIP = [argument for step in STEPS for argument in ("--skip", step)]

ALEMBIC_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine
url = f"postgresql+psycopg://postgres@/bench?host={os.environ['BENCH_HOST']}&port={os.environ['BENCH_PORT']}"
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""


@dataclass(frozen=True)
class Runner:
    """A tool with a project of its own that holds one migration."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


def runners(root: Path, running: Running, url: str, statement: str) -> list[Runner]:
    """Haulback first, then whichever peers are installed, each with a project that runs `statement` in `bench`."""
    host, port = str(running.socket_dir), str(running.port)
    ours = root / "haulback"
    (ours / "supabase/migrations").mkdir(parents=True)
    (ours / "haulback.toml").write_text("")
    (ours / "supabase/migrations/20240101000001_one.sql").write_text(statement + ";\n")
    found = [Runner("haulback", [*HAULBACK, "deploy", "--yes", *SKIP], ours, {"DATABASE_URL": url})]
    if dbmate := npm("dbmate"):
        folder = root / "dbmate/db/migrations"
        folder.mkdir(parents=True)
        (folder / "20240101000001_one.sql").write_text(f"-- migrate:up\n{statement};\n-- migrate:down\n")
        there = f"postgres://postgres@:{port}/bench?socket={host}&sslmode=disable"
        found.append(Runner("dbmate", [dbmate, "--no-dump-schema", "--url", there, "migrate"], root / "dbmate"))
    if alembic := python("alembic"):
        folder = root / "alembic/versions"
        folder.mkdir(parents=True)
        (root / "alembic/env.py").write_text(ALEMBIC_ENV)
        (root / "alembic/script.py.mako").write_text("")
        (root / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
        (folder / "one.py").write_text(
            "from alembic import op\nrevision = 'one'\ndown_revision = None\n"
            f"def upgrade():\n    op.execute({statement!r})\ndef downgrade():\n    pass\n"
        )
        found.append(Runner("alembic", [alembic, "upgrade", "head"], root, {"BENCH_HOST": host, "BENCH_PORT": port}))
    if node := npm("node-pg-migrate"):
        folder = root / "node/migrations"
        folder.mkdir(parents=True)
        (folder / "1700000000000_one.sql").write_text(f"-- Up Migration\n{statement};\n-- Down Migration\n")
        environment = {"PGHOST": host, "PGPORT": port, "PGUSER": "postgres", "PGDATABASE": "bench"}
        there = f"postgres://postgres@localhost/bench?host={host}&port={port}"
        found.append(Runner("node-pg-migrate", [node, "up"], root / "node", {**environment, "DATABASE_URL": there}))
    return found


def npm(name: str) -> str | None:
    """The program of an npm package."""
    folder = os.environ.get("HAULBACK_BENCH_NPM")
    path = Path(folder) / "node_modules/.bin" / name if folder else None
    return _told(name, str(path) if path and path.exists() else shutil.which(name))


def python(name: str) -> str | None:
    """The program of a Python package."""
    folder = Path(os.environ.get("HAULBACK_BENCH_VENV", sys.prefix)) / "bin" / name
    return _told(name, str(folder) if folder.exists() else shutil.which(name))


def _told(name: str, path: str | None) -> str | None:
    if path is None:
        sys.stdout.write(f"(left out: {name} is not installed)\n")
    return path
