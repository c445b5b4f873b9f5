"""The durable, append-only record of what was intended and what happened, in the target's schema haulback.

An entry of a transactional step is written through the step's own session, so that the two commit together;
after a crash the journal alone says what is true.
"""

from __future__ import annotations

import json
import os
import socket
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from haulback.journal.install import grant_approvers, install, upgrade
from haulback.model.deployment import Deployment, Entry, Event, State
from haulback.model.migration import Applied
from haulback.pg.queries import queries

_SQL = queries("haulback.journal", "sql/queries.sql")


def application_name(deployment: UUID, part: str = "work") -> str:
    """How our sessions are called on the server, so that a rerun finds an orphan."""
    return f"haulback/{deployment}/{part}"


class Journal:
    """The journal of one target, over one session in autocommit."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    @property
    def installed(self) -> bool:
        row = self._connection.execute(_SQL["installed"]).fetchone()
        return row is not None and row[0] is not None

    def install(self, approvers: Sequence[str] = ()) -> None:
        """Makes the schema, or brings an older one up to date; lets the approvers' logins write their approvals.

        Raises:
            JournalIsNewer: a newer Haulback was here.
        """
        if self.installed:
            upgrade(self._connection)
        with self._connection.transaction():
            if not self.installed:
                install(self._connection)
            grant_approvers(self._connection, approvers)

    def upgrade(self) -> None:
        """Brings a journal that is there up to date, for a command that goes on with what an older Haulback began.

        Raises:
            JournalIsNewer: a newer Haulback was here.
        """
        if self.installed:
            upgrade(self._connection)

    def begin(self, plan_hash: str, plan: Mapping[str, Any], target: str, environment: str) -> Deployment:
        """Records a new deployment in state `running`."""
        id_ = uuid4()
        parameters = {
            "id": id_,
            "plan_hash": plan_hash,
            "plan": Jsonb(plan),
            "target": target,
            "environment": environment,
            "host": socket.gethostname(),
            "pid": os.getpid(),
        }
        with self._connection.transaction():
            row = self._connection.execute(_SQL["begin_deployment"], parameters).fetchone()
            assert row is not None  # noqa: S101 - insert returning has one row
            write(self._connection, id_, "deployment", Event.STATE, detail={"state": State.RUNNING})
        found = self.load(number=int(row[0]))
        assert found is not None  # noqa: S101 - just written
        return found

    def write(
        self,
        deployment: UUID,
        step: str,
        event: Event,
        unit: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes an entry that commits at once: an intent, or the outcome of what is not transactional."""
        write(self._connection, deployment, step, event, unit, detail)

    def load(self, number: int | None = None) -> Deployment | None:
        """The deployment of that number with its entries, or the newest; None where there is none."""
        found = self.newest(1, number)
        return found[0] if found else None

    def newest(self, most: int, number: int | None = None) -> tuple[Deployment, ...]:
        """The newest deployments with their entries, newest first."""
        if not self.installed:
            return ()
        rows = self._connection.execute(_SQL["deployments"], {"number": number, "most": most}).fetchall()
        bare = [Deployment(*row) for row in rows]
        entries: dict[UUID, list[Entry]] = {one.id: [] for one in bare}
        told = self._connection.execute(_SQL["entries"], {"deployments": list(entries)})
        for deployment, sequence, at, step, event, unit, detail in told:
            entries[deployment].append(Entry(sequence, at, step, Event(event), unit, detail))
        return tuple(replace(one, entries=tuple(entries[one.id])) for one in bare)

    def again(self, deployment: Deployment) -> Deployment:
        """The same deployment with the entries that came since."""
        found = self.load(deployment.number)
        assert found is not None  # noqa: S101 - the journal is append-only
        return found

    def keep_image(self, deployment: UUID, moment: str, fingerprint: str, image: Mapping[str, Any]) -> None:
        """Keeps a schema as it was, `before` or `after` the deployment."""
        packed = zlib.compress(json.dumps(image, separators=(",", ":")).encode())
        self._connection.execute(
            _SQL["keep_image"],
            {"deployment": deployment, "moment": moment, "fingerprint": fingerprint, "image": packed},
        )

    def image(self, deployment: UUID, moment: str) -> tuple[str, Any] | None:
        """The fingerprint and the JSON of a kept schema."""
        row = self._connection.execute(_SQL["image"], {"deployment": deployment, "moment": moment}).fetchone()
        return (str(row[0]), json.loads(zlib.decompress(row[1]))) if row else None

    def save_plan(self, plan_hash: str) -> None:
        """Notes under whose login a plan was saved: a file could be edited to say somebody else."""
        self._connection.execute(_SQL["save_plan"], {"plan_hash": plan_hash})

    def planners(self, plan_hash: str) -> frozenset[str]:
        """The logins that saved this plan; nobody where there is no journal yet."""
        if not self.installed:
            return frozenset()
        return frozenset(row[0] for row in self._connection.execute(_SQL["planners"], {"plan_hash": plan_hash}))

    def approve(self, plan_hash: str, role: str) -> None:
        self._connection.execute(_SQL["approve"], {"plan_hash": plan_hash, "role": role})

    def approvals(self, plan_hash: str) -> tuple[tuple[str, str], ...]:
        """(login, role) of everyone who approved the plan; nobody where there is no journal yet."""
        if not self.installed:
            return ()
        rows = self._connection.execute(_SQL["approvals"], {"plan_hash": plan_hash}).fetchall()
        return tuple((login, role) for login, role, _ in rows)

    def deployed_hashes(self) -> frozenset[str]:
        """Hashes of the plans that stand deployed here."""
        return frozenset(row[0] for row in self._connection.execute(_SQL["deployed_hashes"]))

    def file_hashes(self) -> dict[str, str]:
        """sha256 of the file by version, as it was when it was run here and not taken back since."""
        rows = self._connection.execute(_SQL["file_hashes"])
        return {version: sha256 for version, sha256 in rows if sha256}


def write(
    connection: psycopg.Connection,
    deployment: UUID,
    step: str,
    event: Event,
    unit: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Writes an entry through any session: inside a step's transaction it commits with the step."""
    connection.execute(
        _SQL["write"],
        {
            "deployment": deployment,
            "step": step,
            "unit": unit,
            "event": event.value,
            "detail": Jsonb(detail or {}),
        },
    )


def with_hashes(history: Sequence[tuple[str, str]], hashes: Mapping[str, str]) -> tuple[Applied, ...]:
    """Joins the history of the target with the file hashes of the journal."""
    return tuple(Applied(version, name, hashes.get(version)) for version, name in history)
