"""Writes a schema out again on an empty database: this makes the shadow."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import psycopg

from haulback.errors import HaulbackError
from haulback.model.schema import InverseStep, Schema, SchemaObject
from haulback.pg.catalog.reader import LEAVE_OUT, read
from haulback.pg.catalog.transition import transition

Connection = psycopg.Connection[Any]
CreateExtension = Callable[[str, str], None]

# Of these an empty cluster may have some that the target lacks: its own superuser, for one.
_OF_THE_CLUSTER = frozenset({"role", "membership", "setting"})
_SETTINGS = (
    "SET LOCAL check_function_bodies = off; SET LOCAL search_path = ''; SET LOCAL client_min_messages = error; "
    "SET LOCAL standard_conforming_strings = on; SET LOCAL row_security = off; SET LOCAL quote_all_identifiers = off"
)


class BuildFailed(HaulbackError):
    template = "cannot make {object} in the shadow: {problem}"
    hint_template = "The statement that failed was: {statement}"


class AlreadyThere(HaulbackError):
    template = "the database to build in is not empty: it has {object}"
    hint_template = "Build in a database that was just created."


def build(
    connection: Connection,
    schema: Schema,
    *,
    skip_existing: bool = True,
    create_extension: CreateExtension | None = None,
    leave_out: tuple[str, ...] = LEAVE_OUT,
) -> None:
    """Makes everything that `schema` holds, in one transaction, with owners and grants.

    What is there already and differs (the schema public, a role) is altered to match. Afterwards
    `read(connection, as_major=schema.major).fingerprint == schema.fingerprint`; the text of views may differ
    between 15 and later.

    Args:
        connection: a superuser's, to an empty database of a fresh cluster, with no transaction open.
        schema: what to make; a database of another name takes the settings of the one it was read from.
        skip_existing: whether objects that are there already are fine.
        create_extension: called with an extension's name and schema in place of CREATE EXTENSION.
        leave_out: schemas not to look at.

    Raises:
        BuildFailed: a statement failed; nothing was made.
        AlreadyThere: something is there, and `skip_existing` is false.
    """
    now = read(connection, leave_out=leave_out, as_major=schema.major)
    if not skip_existing and (there := sorted(now.objects.keys() & schema.objects.keys())):
        raise AlreadyThere(object=str(there[0]))
    steps = transition(
        now,
        _named(schema, connection.info.dbname),
        kept=lambda o: o.key.kind in _OF_THE_CLUSTER,
        creator=_quoted_user(connection),
    ).steps
    try:
        with connection.transaction():
            _run(connection, schema, steps, create_extension, _all_at_once)
    except psycopg.Error:
        with connection.transaction(force_rollback=True):
            _run(connection, schema, steps, create_extension, _one_by_one)
        raise


def _run(
    connection: Connection,
    schema: Schema,
    steps: Sequence[InverseStep],
    create_extension: CreateExtension | None,
    send: Callable[[Connection, Sequence[InverseStep]], None],
) -> None:
    connection.execute(_SETTINGS)
    by_hand = create_extension is not None
    for is_extension, group in groupby(steps, lambda s: by_hand and s.key.kind == "extension"):
        if is_extension and create_extension is not None:
            for key in dict.fromkeys(step.key for step in group):
                create_extension(*_extension(schema.objects[key]))
        else:
            send(connection, list(group))


def _extension(member: SchemaObject) -> tuple[str, str]:
    notes = json.loads(member.notes)
    return notes["_name"], notes["_schema"]


def _all_at_once(connection: Connection, steps: Sequence[InverseStep]) -> None:
    """One round trip for all: without parameters psycopg sends the text as it is."""
    connection.execute(";\n".join(s.statement for s in steps))


def _one_by_one(connection: Connection, steps: Sequence[InverseStep]) -> None:
    """Runs them again to find the one that failed: the server does not say which of many it was."""
    for step in steps:
        try:
            connection.execute(step.statement)
        except psycopg.Error as error:
            problem = error.diag.message_primary or str(error)
            raise BuildFailed(object=str(step.key), problem=problem, statement=step.statement) from error


def _named(schema: Schema, database: str) -> Schema:
    """The schema with another name in the statements about the database itself."""
    if schema.database == database:
        return schema
    quoted = '"' + database.replace('"', '""') + '"'
    objects = dict(schema.objects)
    for key, member in schema.objects.items():
        if key.kind in {"database", "setting"}:
            notes = {**json.loads(member.notes), "_database": quoted}
            objects[key] = replace(member, notes=json.dumps(notes))
    return replace(schema, objects=objects)


def _quoted_user(connection: Connection) -> str:
    row = connection.execute("SELECT pg_catalog.quote_ident(current_user)").fetchone()
    return str(row[0]) if row else ""
