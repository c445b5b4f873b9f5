"""Finds haulback.toml by walking up, reads it strictly, and lets the environment speak last.

Order: environment, then `haulback.toml` or `[tool.haulback]` in `pyproject.toml`, then defaults. A project with
`supabase/migrations/` needs no file: its target is the embedded server, or the database that the environment
names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from haulback.config.api import read_api
from haulback.config.environment import target_of_environment
from haulback.config.errors import ConfigurationUnreadable
from haulback.config.reading import Table
from haulback.config.recovery import read_backups, read_objectives
from haulback.config.targets import embedded_target, levels, read_target
from haulback.model.settings import Settings, Thresholds
from haulback.model.target import Target

EMBEDDED = "local"


def load(
    environment: Mapping[str, str],
    start: Path,
    file: Path | None = None,
    migrations: Path | None = None,
) -> Settings:
    """Returns the settings of the project around `start`.

    Args:
        environment: such as os.environ.
        start: where to begin walking up.
        file: a configuration file named outright.
        migrations: a migrations folder named outright.

    Raises:
        ConfigurationUnreadable, UnknownSetting, WrongSetting: with the file and the setting.
    """
    found = file or _walk_up(start)
    table = _read(found) if found else Table({}, "defaults", "")
    root = found.parent.resolve() if found else start.resolve()
    folder = table.text("migrations", "supabase/migrations")
    configured_home = table.text("home", ".haulback")
    home = Path(environment.get("HAULBACK_HOME") or configured_home)
    deploy, thresholds, contract = table.table("deploy"), table.table("thresholds"), table.table("contract")
    targets = _targets(table, environment)
    configured = table.text("default_target", next(iter(targets)))
    default = environment.get("HAULBACK_TARGET") or configured
    settings = Settings(
        root=root,
        home=(root / home).absolute(),
        backups=read_backups(table.table("backups"), root, (root / home).absolute(), environment),
        objectives=read_objectives(table.table("objectives")),
        api=read_api(table.table("api"), environment),
        migrations=migrations.absolute() if migrations else root / folder,
        targets=targets,
        default_target=default,
        seed=tuple(root / one for one in table.texts("seed", _default_seed(root))),
        exposed=table.texts("exposed_schemas", ("public",)),
        lock_budget=deploy.seconds("lock_budget", 1.0, smallest=0.01),
        patience=deploy.seconds("patience", 60.0),
        cancel_blockers_older_than=deploy.seconds("cancel_blockers_older_than", 0.0) or None,
        copy_share=deploy.share("copy_share", 0.5, smallest=0.01),
        held_up=deploy.choice("held_up", "stop", ("stop", "attic")),
        sample=deploy.whole("sample", 100),
        seal_after=deploy.seconds("seal_after", 604800.0),
        ttl=deploy.seconds("maintenance_expires", 900.0),
        hazards=levels(table.table("hazards")),
        advice_ignore=table.table("advice").texts("ignore", ()),
        thresholds=Thresholds(
            connections=thresholds.share("connections", 0.8),
            load=thresholds.share("load", 0.7),
            free_disk=thresholds.share("free_disk", 0.2),
            backup_age=thresholds.seconds("backup_age", 86400.0) / 3600,
            transaction_age=thresholds.seconds("transaction_age", 300.0),
        ),
        clients=root / contract.text("clients", "supabase/clients.toml"),
        requests=root / contract.text("requests", "supabase/requests"),
        read_from=(str(found),) if found else (),
    )
    table.refuse_rest()
    return settings


def _targets(table: Table, environment: Mapping[str, str]) -> dict[str, Target]:
    declared = {name: read_target(one, name, environment) for name, one in table.tables("targets").items()}
    implied = target_of_environment(environment)
    if implied:
        # What the environment names comes first, so it is the default; a declared one of that name wins.
        declared = {implied.name: implied} | declared
    if not declared:
        declared[EMBEDDED] = embedded_target(EMBEDDED)
    return declared


def _default_seed(root: Path) -> tuple[str, ...]:
    supabase = root / "supabase"
    files = [supabase / "seed.sql", *sorted((supabase / "seed").glob("*.sql"))]
    return tuple(str(one.relative_to(root)) for one in files if one.is_file())


def _walk_up(start: Path) -> Path | None:
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "haulback.toml").is_file():
            return folder / "haulback.toml"
        if _has_tool_table(folder / "pyproject.toml"):
            return folder / "pyproject.toml"
    return None


def _has_tool_table(file: Path) -> bool:
    try:
        return file.is_file() and "haulback" in tomllib.loads(file.read_text(encoding="utf-8-sig")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False  # somebody else's file: not ours to complain about


def _read(file: Path) -> Table:
    try:
        document: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationUnreadable(file=file, reason=error.strerror) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # The text of a TOML error is a place and what was awaited; it repeats no value.
        raise ConfigurationUnreadable(file=file, reason=error) from None
    if file.name == "pyproject.toml":
        document = document.get("tool", {}).get("haulback", {})
    return Table(document, str(file), "")
