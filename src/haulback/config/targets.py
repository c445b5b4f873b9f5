"""Reads one `[targets.NAME]` table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from haulback.config.errors import SecretInFile
from haulback.config.policy import default_policy
from haulback.config.reading import Table
from haulback.config.secrets import from_file, secret
from haulback.config.url import SECRET_PARAMETERS, parameters_of
from haulback.model.hazard import Level
from haulback.model.target import Environment, Maintenance, Policy, Target

_HEARTBEAT = 60.0  # seconds, where the log is received


def embedded_target(name: str, environment: Environment = Environment.DEVELOPMENT) -> Target:
    """The server that Haulback starts itself; its address is known only once it runs."""
    return Target(
        name=name,
        environment=environment,
        parameters={"user": "postgres", "dbname": "postgres"},
        policy=default_policy(environment),
        embedded=True,
    )


def read_target(table: Table, name: str, environment: Mapping[str, str]) -> Target:
    """Returns the target that the table describes.

    Raises:
        SecretInFile: the url holds a password.
        WrongSetting, UnknownSetting: as everywhere.
    """
    kind = Environment(table.choice("environment", "development", tuple(Environment)))
    url, embedded = table.text("url", ""), table.flag("embedded", default=not table.text("url", ""))
    variable = f"HAULBACK_{name.upper().replace('-', '_')}_PASSWORD"
    parameters, inline = (
        parameters_of(url, table.name("url")) if url else ({"user": "postgres", "dbname": "postgres"}, None)
    )
    if inline or SECRET_PARAMETERS & parameters.keys():
        raise SecretInFile(file=table.file, setting=table.name("url"), variable=variable)
    password_file = table.text("password_file", "")
    # A relative name is read from the folder of the file that names it, wherever the command runs.
    beside = Path(table.file).parent / Path(password_file).expanduser()
    archive = table.text("archive", "")
    receive = table.choice("receive", "off", ("off", "on", "synchronous"))
    password = from_file(beside, table.name("password_file")) if password_file else None
    return Target(
        name=name,
        environment=kind,
        parameters=parameters,
        password=secret(environment, variable) or password or secret(environment, "DB_PASSWORD", "PGPASSWORD"),
        policy=_policy(table.table("policy"), default_policy(kind)),
        embedded=embedded,
        api_url=table.text("api_url", "") or environment.get("SUPABASE_URL"),
        service_role_key=secret(environment, "SERVICE_ROLE_KEY"),
        user_jwt=secret(environment, "USER_JWT"),
        anon_key=secret(environment, "SUPABASE_ANON_KEY", "ANON_KEY"),
        maintenance=Maintenance(table.choice("maintenance", "announce", tuple(Maintenance))),
        approvals=table.texts("approvals", ()),
        approvers=table.mapping("approvers"),
        staging=table.text("staging", "") or None,
        project_ref=table.text("project_ref", "") or None,
        disk_size=table.size("disk_size"),
        receive=receive,
        heartbeat=table.seconds("heartbeat", 0.0 if receive == "off" else _HEARTBEAT),
        archive=str(Path(table.file).parent / Path(archive).expanduser()) if archive else None,
    )


def _policy(table: Table, default: Policy) -> Policy:
    return replace(
        default,
        unknown_blocks=table.flag("unknown_blocks", default=default.unknown_blocks),
        accept_unknown=frozenset(table.texts("accept_unknown", tuple(default.accept_unknown))),
        warn_only=frozenset(table.texts("warn_only", tuple(default.warn_only))),
        rehearse=table.flag("rehearse", default=default.rehearse),
        loss_blocks=table.flag("loss_blocks", default=default.loss_blocks),
        hazards=levels(table.table("hazards")),
    )


def levels(table: Table) -> dict[str, Level]:
    """A table of `id = "note" | "warn" | "block"`."""
    return {id_: Level(table.choice(id_, Level.WARN, tuple(Level))) for id_ in table.keys}
