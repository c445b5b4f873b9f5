"""A plan as JSON: what is shown, saved, approved, journaled and deployed exactly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from haulback.migrations.errors import PlanChanged, PlanUnreadable
from haulback.migrations.folder import Folder
from haulback.migrations.parse import script
from haulback.migrations.planning import hash_of, plan_hash
from haulback.model.migration import Migration, Plan

SCHEMA = "haulback/1"


def to_json(plan: Plan, *, statements: bool = True) -> dict[str, Any]:
    """The document of a plan; `statements` leaves out the per-statement part."""
    return {
        "schema": SCHEMA,
        "kind": "plan",
        "hash": plan.hash,
        "target": plan.target,
        "environment": plan.environment,
        "made_at": plan.made_at.isoformat(),
        "made_by": plan.made_by,
        "base": list(plan.base),
        "migrations": [_migration(one, statements=statements) for one in plan.migrations],
        "skipped": [{"file": file, "reason": reason} for file, reason in plan.skipped],
        "unknown": list(plan.unknown),
    }


def _migration(migration: Migration, *, statements: bool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "version": migration.version,
        "name": migration.name,
        "file": migration.source.path.name,
        "sha256": migration.source.sha256,
        "transactional": migration.script.transactional,
        "rollback": migration.rollback.sha256 if migration.rollback else None,
    }
    if migration.written:
        # The whole text: what is rewritten depends on the schema of that moment, and this plan must run as it was
        # shown, rehearsed and approved.
        document["rewrite"] = {"sha256": migration.script.sha256, "text": migration.script.text}
    if statements:
        document["statements"] = [
            {
                "line": one.line,
                "column": one.column,
                "kind": one.kind,
                "transactional": one.transactional,
                "destroys": list(one.destroys),
            }
            for one in migration.script.statements
        ]
    return document


def save(plan: Plan, fingerprint: str, path: Path) -> None:
    """Writes a plan file, whole or not at all. `fingerprint` is the target's schema as the plan saw it."""
    document = to_json(plan) | {"fingerprint": fingerprint}
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Reads a plan file.

    Raises:
        PlanUnreadable: it is none.
        PlanChanged: its hash is not that of what it says it runs.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanUnreadable(file=path, reason=error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise PlanUnreadable(file=path, reason=f"it is no JSON ({error})") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or document.get("kind") != "plan":
        raise PlanUnreadable(file=path, reason="it is another kind of document")
    if missing := [key for key in _REQUIRED if key not in document]:
        raise PlanUnreadable(file=path, reason=f"it lacks {', '.join(missing)}")
    if wrong := [key for key, fits in _REQUIRED.items() if not fits(document[key])]:
        raise PlanUnreadable(file=path, reason=f"{wrong[0]} is not what a plan has there")
    files = [(one["version"], one["sha256"], one["rollback"], _rewrite_hash(one)) for one in document["migrations"]]
    if hash_of(document["base"], files) != document["hash"]:
        raise PlanChanged(reason="its hash does not agree with its content")
    return document


def _rewrite_hash(saved: dict[str, Any]) -> str | None:
    """Of the text itself: what the document says of it counts for nothing."""
    rewrite = saved.get("rewrite")
    return hashlib.sha256(rewrite["text"].encode()).hexdigest() if rewrite else None


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _listed(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(_text(value.get(key)) for key in ("version", "file", "sha256"))
        and (value.get("rollback", 0) is None or _text(value.get("rollback")))
        and (value.get("rewrite") is None or _rewrite(value["rewrite"]))
    )


def _rewrite(value: Any) -> bool:
    return isinstance(value, dict) and _encodable(value.get("text"))


def _encodable(value: Any) -> bool:
    """A text that a file could hold: JSON can spell halves of characters, UTF-8 cannot."""
    try:
        return isinstance(value, str) and "\0" not in value and bool(value.encode())
    except UnicodeEncodeError:
        return False


_REQUIRED: dict[str, Callable[[Any], bool]] = {
    "hash": _text,
    "target": _text,
    "made_by": _text,
    "made_at": _moment,
    "base": lambda value: isinstance(value, list) and all(map(_text, value)),
    "migrations": lambda value: isinstance(value, list) and all(map(_listed, value)),
    "fingerprint": _text,
}


def require_unchanged(saved: dict[str, Any], plan: Plan, fingerprint: str) -> None:
    """Compares a saved plan with the plan that the same files make of the same target now.

    Raises:
        PlanChanged: with what is different.
    """
    if saved["target"] != plan.target:
        raise PlanChanged(reason=f"it was made for {saved['target']}, not for {plan.target}")
    if list(plan.base) != list(saved["base"]):
        raise PlanChanged(reason="other migrations were applied to the target since")
    now = {one.version: one for one in plan.migrations}
    for was in saved["migrations"]:
        found = now.pop(was["version"], None)
        if found is None:
            raise PlanChanged(reason=f"{was['file']} is gone")
        if found.source.sha256 != was["sha256"]:
            raise PlanChanged(reason=f"{was['file']} was edited since")
        if (found.rollback.sha256 if found.rollback else None) != was["rollback"]:
            raise PlanChanged(reason=f"the rollback script of {was['file']} was edited since")
    if now:
        raise PlanChanged(reason=f"{next(iter(now.values())).source.path.name} was added since")
    if saved["hash"] != plan.hash:
        raise PlanChanged(reason="its hash does not agree with its content")
    if saved["fingerprint"] != fingerprint:
        raise PlanChanged(reason="the schema of the target changed since")


def with_rewrites(saved: dict[str, Any], plan: Plan) -> Plan:
    """The plan with the rewritten texts that a saved plan holds, for files that are what they were then.

    Raises:
        SyntaxRefused: such a text is none that we wrote.
    """
    texts = {
        (one["version"], one["sha256"]): one["rewrite"]["text"] for one in saved["migrations"] if one.get("rewrite")
    }
    migrations = tuple(
        rewritten(one, texts[key]) if (key := (one.version, one.source.sha256)) in texts else one
        for one in plan.migrations
    )
    return replace(plan, migrations=migrations, hash=plan_hash(plan.base, migrations))


def rewritten(migration: Migration, text: str) -> Migration:
    """The migration with another text to run in the place of its file's."""
    source = migration.source
    return replace(migration, script=script(source.path, text), written=source)


def migrations_of(saved: dict[str, Any], folder: Folder) -> tuple[Migration, ...]:
    """The migrations of a journaled plan, read again from the folder; a file that is gone or edited is left out.

    A rewritten text is taken from the plan: the schema has moved on since, and would rewrite the file otherwise.
    """
    found = []
    for was in saved["migrations"]:
        if was["version"] not in folder.files:
            continue
        migration = folder.load(was["version"])
        if migration.script.sha256 == was["sha256"]:
            # A rollback script that is not the rehearsed one is not used: the inverse takes its place.
            same = migration.rollback is not None and migration.rollback.sha256 == was["rollback"]
            kept = migration if same else replace(migration, rollback=None)
            rewrite = was.get("rewrite")
            found.append(rewritten(kept, rewrite["text"]) if rewrite else kept)
    return tuple(found)


def restored(saved: dict[str, Any], migrations: Sequence[Migration]) -> Plan:
    """A plan out of its journaled form and its files."""
    return Plan(
        target=saved["target"],
        environment=saved["environment"],
        migrations=tuple(migrations),
        base=tuple(saved["base"]),
        hash=plan_hash(saved["base"], migrations),
        made_at=datetime.fromisoformat(saved["made_at"]),
        made_by=saved["made_by"],
    )
