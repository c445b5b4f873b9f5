"""Whether a deployment made what the rehearsal made, and whether the API's roles can work with it.

The first half is a pure comparison of two schemas. The second writes, as each role, in transactions that are rolled
back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import psycopg
from psycopg import sql

from haulback.model.check import Outcome, ProbeResult
from haulback.model.schema import ObjectKey, Schema, SchemaObject, compare
from haulback.pg.queries import script
from haulback.verify._stage import Attempt, NoAnswer, attempt, rolled_back

#: id to title, in the order of the answers; each has a page in docs/probes.
TITLES = {
    "as-rehearsed": "What the plan makes is there",
    "row-security-on": "Row level security is on where it should be",
    "indexes-valid": "Every index is valid",
    "nothing-unexpected": "Nothing is there that the plan does not make",
    "smoke-writes": "The API's roles can work with the tables",
}
_TRIED = {
    "SELECT": sql.SQL("select 1 from {} limit 1"),
    "INSERT": sql.SQL("insert into {} default values"),
    "DELETE": sql.SQL("delete from {} where false"),
}


def validate(expected: Schema, live: Schema) -> tuple[ProbeResult, ...]:
    """Compares the schema that the rehearsal ended with and the one that is there now.

    Definitions of two major versions cannot be compared; then what would be a difference reads unknown.
    """
    difference = compare(expected, live)
    return (
        _as_rehearsed(difference.dropped, difference.changed, same_major=expected.major == live.major),
        _marked("row-security-on", expected, live, key="row_security", wanted=True),
        _marked("indexes-valid", expected, live, key="invalid", wanted=False),
        _nothing_unexpected(difference.created),
    )


def smoke_writes(connection: psycopg.Connection, tables: Iterable[str]) -> ProbeResult:
    """Reads, inserts and deletes as anon, authenticated and service_role where each holds the privilege.

    A refusal by a policy or a constraint is right; a statement that cannot run at all (a policy that recurses, a
    trigger or policy that names what is gone) is not. Nothing stays, except that sequences advance.

    Args:
        connection: a session in autocommit with no transaction open.
        tables: quoted, schema-qualified names; those that do not exist are left out.
    """
    rows = connection.execute(script("haulback.verify", "smoke_writes.sql"), {"tables": list(tables)}).fetchall()
    found: dict[Outcome, list[str]] = {Outcome.FAIL: [], Outcome.UNKNOWN: [], Outcome.PASS: []}
    for schema, name, role, command in rows:
        try:
            with rolled_back(connection):
                tried = attempt(connection, role, None, _TRIED[command].format(sql.Identifier(schema, name)))
        except NoAnswer as reason:
            outcome, why = Outcome.UNKNOWN, str(reason)
        else:
            outcome, why = smoke(tried, command), tried.message
        found[outcome].append(f"{role} {command} {schema}.{name}: {why}")
    for outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        if found[outcome]:
            return _result("smoke-writes", outcome, "; ".join(found[outcome]))
    return _result("smoke-writes", Outcome.PASS, f"{len(rows)} statements ran or were refused as they should be")


def smoke(tried: Attempt, command: str) -> Outcome:
    """Tells a statement that was refused, which is right, from one that cannot run at all.

    Class 42 of SQLSTATE means that a statement or something it set off is wrong, and XX that the server is; 42501 is
    a refusal. A refused SELECT whose privilege is held is neither: a policy reads what its reader may not, so that
    nobody reads the table, which may be meant.
    """
    if tried.state is None:
        return Outcome.PASS
    if tried.refused:
        return Outcome.UNKNOWN if command == "SELECT" else Outcome.PASS
    return Outcome.FAIL if tried.state.startswith(("42", "XX")) else Outcome.PASS


def _as_rehearsed(missing: tuple[ObjectKey, ...], changed: tuple[ObjectKey, ...], *, same_major: bool) -> ProbeResult:
    if missing:
        return _result("as-rehearsed", Outcome.FAIL, f"missing: {_listed(missing)}")
    if changed and same_major:
        return _result("as-rehearsed", Outcome.FAIL, f"different from the rehearsal: {_listed(changed)}")
    if changed:
        detail = f"described differently by another major version: {_listed(changed)}"
        return _result("as-rehearsed", Outcome.UNKNOWN, detail)
    return _result("as-rehearsed", Outcome.PASS, "everything the rehearsal made is there, and the same")


def _marked(id_: str, expected: Schema, live: Schema, *, key: str, wanted: bool) -> ProbeResult:
    """Looks at one mark of the objects that both schemas have, where the rehearsal ended with it as wanted."""
    wrong = [
        one.key
        for one in live
        if _mark(one, key) is not wanted
        and one.key in expected.objects
        and _mark(expected.objects[one.key], key) is wanted
    ]
    if wrong:
        return _result(id_, Outcome.FAIL, f"not so: {_listed(sorted(wrong))}")
    return _result(id_, Outcome.PASS, "as the rehearsal ended")


def _mark(one: SchemaObject, key: str) -> bool:
    """A mark of the definition; the catalog room leaves out what is false."""
    return bool(json.loads(one.definition).get(key, False))


def _nothing_unexpected(created: tuple[ObjectKey, ...]) -> ProbeResult:
    if created:
        detail = f"made by somebody else, or only here: {_listed(created)}"
        return _result("nothing-unexpected", Outcome.UNKNOWN, detail)
    return _result("nothing-unexpected", Outcome.PASS, "no object that the rehearsal does not know")


def _result(id_: str, outcome: Outcome, detail: str) -> ProbeResult:
    return ProbeResult(id_, TITLES[id_], outcome, detail)


def _listed(keys: Iterable[ObjectKey], most: int = 10) -> str:
    names = [str(key) for key in keys]
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
