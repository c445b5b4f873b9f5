"""Keeps rehearsals, so that what `plan` proved is not proved again by `deploy` a minute later.

A kept one counts only for the same files, an equal schema, the same sample of rows, the same major of the shadow and
the same version of ours: then running it again could only come out the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from haulback import __version__
from haulback.contract.document import of_document, to_document
from haulback.model.contract import Difference, Surface
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal, StatementTrace, UnitTrace
from haulback.model.sample import Sample
from haulback.model.schema import Schema, compare
from haulback.model.schema_image import from_image, to_image

_FOLDER = "rehearsals"
_MOST = 20  # files; the oldest go


def key(plan: Plan, before: Schema, sample: Sample, major: int, role: str, api: str) -> str:
    """Names everything that a rehearsal depends on; the hash of a plan covers its rollback scripts.

    `api` names what is served, and what is asked of it.
    """
    parts = [__version__, plan.hash, before.fingerprint, before.database, sample.hash, str(major), role, api]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def load(home: Path, name: str) -> Rehearsal | None:
    """A kept rehearsal; None where there is none, or it cannot be read."""
    try:
        document = json.loads(zlib.decompress((home / _FOLDER / name).read_bytes()))
        return _rehearsal(document)
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        return None


def save(home: Path, name: str, rehearsal: Rehearsal) -> None:
    """Keeps a rehearsal, whole or not at all; a folder that cannot be written only costs the next one its time."""
    folder = home / _FOLDER
    document = zlib.compress(json.dumps(_document(rehearsal), separators=(",", ":")).encode(), level=1)
    with suppress(OSError):
        # The image of a schema can hold secrets, in settings of roles for one.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = folder / f".{name}.{os.getpid()}"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(document)
        unfinished.replace(folder / name)
        kept = sorted(folder.glob("[0-9a-f]*"), key=lambda one: one.stat().st_mtime)
        for old in kept[:-_MOST]:
            old.unlink(missing_ok=True)


def _document(one: Rehearsal) -> dict[str, Any]:
    return {
        "plan_hash": one.plan_hash,
        "before": to_image(one.before),
        "after": to_image(one.after),
        "reversible": one.reversible,
        "statements": [asdict(statement) for statement in one.statements],
        "units": [asdict(unit) for unit in one.units],
        "problems": one.problems,
        "widened": one.widened,
        "changes": one.changes,
        "emptied": one.emptied,
        "notes": one.notes,
        "api": [to_document(surface) for surface in one.api or ()],
        "answers": [asdict(difference) for difference in one.answers],
        "unasked": one.unasked,
        "major": one.major,
        "seconds": one.seconds,
    }


def _rehearsal(document: Mapping[str, Any]) -> Rehearsal:
    before, after = from_image(document["before"]), from_image(document["after"])
    return Rehearsal(
        plan_hash=document["plan_hash"],
        before=before,
        after=after,
        difference=compare(before, after),
        reversible=document["reversible"],
        statements=tuple(_statement(one) for one in document["statements"]),
        units=tuple(_unit(one) for one in document["units"]),
        problems=tuple(document["problems"]),
        widened=tuple((what, proved) for what, proved in document["widened"]),
        changes=tuple(document["changes"]),
        emptied=tuple(document["emptied"]),
        notes=tuple(document["notes"]),
        api=_api(document["api"]),
        answers=msgspec.convert(document["answers"], type=tuple[Difference, ...]),
        unasked=document["unasked"],
        major=document["major"],
        seconds=document["seconds"],
        kept=True,
    )


def _api(documents: Sequence[object]) -> tuple[Surface, Surface] | None:
    if not documents:
        return None
    before, after = map(of_document, documents)
    return before, after


def _statement(document: Mapping[str, Any]) -> StatementTrace:
    lists = {key: tuple(document[key]) for key in ("rewritten", "scanned", "built")}
    locks = tuple((name, mode) for name, mode in document["locks"])
    return StatementTrace(**{**document, **lists, "locks": locks})


def _unit(document: Mapping[str, Any]) -> UnitTrace:
    return UnitTrace(
        migration=document["migration"],
        locks=tuple((name, mode) for name, mode in document["locks"]),
        rewritten=tuple(document["rewritten"]),
        written=tuple((name, added, changed, gone) for name, added, changed, gone in document["written"]),
        aimed_at=tuple(document["aimed_at"]),
    )
