"""The API as a deployment asks it: what was touched, and the journal as the record of rows that are only tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from haulback.deploy.context import Context
from haulback.journal.journal import Journal
from haulback.model.check import ProbeResult
from haulback.model.deployment import Deployment, Event
from haulback.model.schema import ObjectKey, Schema, compare
from haulback.pg.catalog.quoting import unquoted
from haulback.pg.catalog.reader import read
from haulback.verify import verification
from haulback.verify.api import canary, served
from haulback.verify.api.access import Api, Laid, Touched

_STEP = "verify"
_UNIT = "canary "
_PART = re.compile(r'"(?:[^"]|"")*"|[^.("]+')
_KINDS = {"table": "table", "view": "table", "materialized_view": "table", "foreign_table": "table"}
_IN_TABLES = frozenset({"policy", "trigger", "constraint", "index", "rule", "default"})


@dataclass(frozen=True)
class JournalLedger:
    """Rows that are only tried, in the journal of the deployment."""

    journal: Journal
    deployment: Deployment

    def laying(self, laid: Laid) -> None:
        detail = {"schema": laid.schema, "table": laid.table, "marks": [dict(mark) for mark in laid.marks]}
        self.journal.write(self.deployment.id, _STEP, Event.BEGUN, _UNIT + laid.unit, detail)

    def removed(self, laid: Laid) -> None:
        self.journal.write(self.deployment.id, _STEP, Event.UNDONE, _UNIT + laid.unit)


def api(context: Context) -> Api | None:
    """What probes ask the API with; None where the target has none. Has the API read the schema anew."""
    if context.api is None:
        return None
    served.reload(context.work.keeper)  # the session is PostgreSQL's own: a pooler's would lose it
    touched = _touched(context, read(context.work.keeper))
    return Api(context.api.held(context.work.keeper), touched, JournalLedger(context.journal, context.deployment))


def after_going_back(context: Context) -> ProbeResult | None:
    """Asks the API whether it serves the schema from before the deployment."""
    if context.api is None:
        return None
    served.reload(context.work.keeper)
    after = context.expected or read(context.work.keeper)
    before = context.before or after
    touched = Touched(frozenset(_items(before, after)))
    asked = Api(context.api.held(context.work.keeper), touched, JournalLedger(context.journal, context.deployment))
    results = verification.run(context.work.connection, before=None, api=asked, only=("api-cache",))
    return results[0] if results else None


def sweep(context: Context) -> int:
    """Removes the rows that a crash left; returns how many.

    Raises:
        CanaryStays: some could not be removed.
    """
    removed = 0
    ledger = JournalLedger(context.journal, context.deployment)
    for laid in left(context.journal.again(context.deployment)):
        removed += canary.remove(context.work.keeper, laid)
        ledger.removed(laid)
    return removed


def left(deployment: Deployment) -> Iterator[Laid]:
    """What was laid and is not struck out, newest first: rows go before the users whose they are."""
    entries = [one for one in deployment.entries if one.step == _STEP and one.unit.startswith(_UNIT)]
    for unit in dict.fromkeys(one.unit for one in reversed(entries)):
        if deployment.was_begun(_STEP, unit):
            noted = next(one.detail for one in reversed(entries) if one.unit == unit and one.event is Event.BEGUN)
            yield Laid(unit.removeprefix(_UNIT), noted["schema"], noted["table"], tuple(noted["marks"]))


def _touched(context: Context, live: Schema) -> Touched:
    """By the schema, and the tables whose rows the rehearsal saw changed; everything where nobody knows."""
    if context.before is None:
        return Touched(frozenset(item for key in live.objects for item in _item(key)))
    changed = (ObjectKey("table", identity) for identity in (*context.changes, *context.emptied))
    rows = (item for key in changed if key in live.objects for item in _item(key))
    return Touched(frozenset(_items(context.before, live)) | frozenset(rows))


def _items(before: Schema, after: Schema) -> Iterator[tuple[str, str, str, str]]:
    found = compare(before, after)
    for key in (*found.created, *found.dropped, *found.changed):
        yield from _item(key)


def _item(key: ObjectKey) -> Iterator[tuple[str, str, str, str]]:
    parts = [unquoted(part) for part in _PART.findall(key.identity)]
    if len(parts) < 2:  # noqa: PLR2004 - a schema and a name at least
        return
    schema, name = parts[0], parts[1]
    if key.kind in _KINDS:
        yield "table", schema, name, ""
    elif key.kind == "column" and len(parts) > 2:  # noqa: PLR2004 - and a column's
        yield "table", schema, name, ""
        yield "column", schema, name, parts[2]
    elif key.kind == "function":
        yield "function", schema, name, ""
    elif key.kind in _IN_TABLES and len(parts) > 2:  # noqa: PLR2004 - of a table
        yield "table", schema, name, ""
