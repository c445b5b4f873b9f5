"""The shadow: a private throw-away cluster with the target's schema, its database named like the target's.

The schema of a target is built once and kept as a template, found again by its fingerprint; each run gets a copy
of that, which takes some tens of milliseconds.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from haulback.errors import Exit, HaulbackError
from haulback.model.sample import Sample
from haulback.model.schema import Schema
from haulback.model.target import Target
from haulback.pg import binaries
from haulback.pg.catalog.builder import build
from haulback.pg.catalog.kind import facts_of
from haulback.pg.cluster import SUPERUSER, Cluster, Running
from haulback.pg.platform import extensions
from haulback.pg.queries import queries
from haulback.rehearse.sample import load

_SQL = queries("haulback.rehearse", "shadow.sql")
_PREFIX = "haulback_image_"
_KEPT = 3  # templates; older ones go
_OF_THE_CLUSTER = ("role", "membership", "setting")


class ShadowBusy(HaulbackError):
    template = "another rehearsal uses the shadow {name}"
    hint_template = "Wait for it to end."
    exit_code = Exit.HELD


class Shadow:
    """One cluster for the shadows of one major, used by one process at a time.

    Args:
        home: such as `.haulback`.
        major: of the target's server; the embedded server stands in where its binaries are not found.
    """

    def __init__(self, home: Path, major: int) -> None:
        found = binaries.for_major(major) or binaries.embedded()
        self.major = found.major
        self._cluster = Cluster(
            home, f"shadow-{found.major}", found, durable=False, platform=False, database="haulback", listen=False
        )
        self._lock = home.absolute() / f"shadow-{found.major}.lock"

    @contextmanager
    def opened(self) -> Iterator[Running]:
        """Starts the cluster unless it is warm; it is left running for the next rehearsal.

        Raises:
            ShadowBusy: somebody else rehearses.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ShadowBusy(name=self._lock.stem) from None
            yield self._cluster.start()

    def image(self, running: Running, schema: Schema, sample: Sample) -> str:
        """Makes or finds the template for a schema with its sample rows; returns its name."""
        name = _PREFIX + hashlib.sha256(f"{schema.fingerprint} {sample.hash}".encode()).hexdigest()[:32]
        with _admin(running) as admin:
            images = [row[0] for row in admin.execute(_SQL["images"], {"pattern": f"{_PREFIX}%"})]
            if name in images:
                return name
            for old in images[: -(_KEPT - 1)] if len(images) >= _KEPT else []:
                _drop(admin, old)
            unfinished = f"unfinished_{name}"
            _drop(admin, unfinished)
            admin.execute(
                sql.SQL("create database {} template template0 strategy file_copy").format(sql.Identifier(unfinished))
            )
            with _superuser(running, unfinished) as connection:
                _build(connection, schema)
                load(connection, sample)
            admin.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(unfinished), sql.Identifier(name))
            )
        return name

    def fresh(self, running: Running, image: str, schema: Schema, target: Target) -> Target:
        """A new copy of the image, named like the target's database, as a target of its own.

        What no template carries is brought up to the schema again: the database's owner, grants and settings,
        and the roles of the cluster, which an earlier rehearsal may have changed.
        """
        name = target.parameters.get("dbname") or target.parameters.get("user") or "postgres"
        user = target.parameters.get("user") or "postgres"
        with _admin(running) as admin:
            _drop(admin, name)
            _forget_others(admin, schema, image)
            admin.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(name), sql.Identifier(image)
                )
            )
        with _superuser(running, name) as connection:
            _build(connection, schema)
        address = conninfo_to_dict(running.conninfo(user=user, database=name))
        return replace(
            target,
            name=f"the shadow of {target.name}",
            parameters={key: str(value) for key, value in address.items() if value is not None},
            password=None,
            embedded=False,
        )

    def superuser(self, running: Running, target: Target) -> psycopg.Connection:
        """A session of the shadow's superuser on the copy."""
        return _superuser(running, target.parameters["dbname"])


def _build(connection: psycopg.Connection, schema: Schema) -> None:
    """Makes the schema; an extension that this server lacks comes as its stand-in."""
    build(connection, schema, create_extension=partial(extensions.create, connection))


def _forget_others(admin: psycopg.Connection, schema: Schema, image: str) -> None:
    """Takes away what is of the whole cluster, was left by an earlier rehearsal, and would leak into this one.

    Roles, memberships and settings of roles, that is. Where a database of another target still needs such a role,
    it goes too: all but `image` can be made again.
    """
    facts = {kind: [facts_of(one) for one in schema if one.key.kind == kind] for kind in _OF_THE_CLUSTER}
    known = [one.key.identity for one in schema if one.key.kind == "role"] + [
        one["_name"] for one in facts["role"] if one.get("_name")
    ]
    strangers = [name for (name,) in admin.execute(_SQL["strangers"], {"known": known})]
    if strangers:
        for (database,) in admin.execute(_SQL["needing"], {"roles": strangers, "image": image}).fetchall():
            _drop(admin, database)
    for name in strangers:
        with suppress(psycopg.errors.DependentObjectsStillExist):  # the image's own extensions may need one
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
    wanted = {(one["role"], one["name"]) for one in facts["setting"] if "role" in one and not one["in_database"]}
    for role, setting, quoted in admin.execute(_SQL["settings"]).fetchall():
        if (quoted, setting) not in wanted:
            reset = sql.SQL("alter role {} reset {}")
            admin.execute(reset.format(sql.Identifier(role), sql.Identifier(*setting.split("."))))
    members = {(one["role"], one["member"]) for one in facts["membership"]}
    for role, member, quoted_role, quoted_member in admin.execute(_SQL["memberships"]).fetchall():
        if (quoted_role, quoted_member) not in members:
            revoke = sql.SQL("revoke {} from {} cascade")
            admin.execute(revoke.format(sql.Identifier(role), sql.Identifier(member)))


def _admin(running: Running) -> psycopg.Connection:
    return _superuser(running, "template1")


def _superuser(running: Running, database: str) -> psycopg.Connection:
    return psycopg.connect(
        running.conninfo(user=SUPERUSER, database=database), autocommit=True, application_name="haulback shadow"
    )


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
