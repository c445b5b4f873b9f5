"""What the rehearsal saw happen to rows, as a part of the capture plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from haulback.capture.planning import copied_instead
from haulback.model.capture import CapturePlan, PlannedCopy
from haulback.model.schema import ObjectKey, Schema


def with_rows(
    plan: CapturePlan, before: Schema, after: Schema, changes: Sequence[str], emptied: Sequence[str]
) -> CapturePlan:
    """Adds what is noted row by row, and what is copied whole since it loses all rows at once.

    A table that goes anyway is copied whole already, and does not move: what moves must hold what was there before.
    One that is emptied and loses columns besides is copied once.

    Args:
        plan: told from the schemas alone.
        before: the schema before.
        after: the schema that the rehearsal led to.
        changes: identities of tables whose rows are changed.
        emptied: identities of tables that are emptied at once.
    """
    plan = copied_instead(plan, before, after, {*changes, *emptied})
    whole = {one.identity for one in plan.copies if not one.columns}
    there = {key.identity for key in before.objects if key.kind == "table"}
    gone = {one for one in whole if ObjectKey("table", one) not in after.objects}
    copies = [one for one in plan.copies if one.identity not in emptied]
    for identity in emptied:
        if identity in there and identity not in gone:
            lost = next((one for one in plan.copies if one.identity == identity), PlannedCopy(identity))
            copies.append(replace(lost, reason="the migration empties it", emptied=True))
    copies += [one for one in plan.copies if one.identity in gone and one.identity in emptied]
    noted = tuple(sorted(one for one in changes if one in there))
    return replace(plan, copies=tuple(copies), changes=noted)
