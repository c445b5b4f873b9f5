"""What drills leave behind: a document each, beside the backups of their target."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from haulback.backups.manifest import UNREADABLE
from haulback.backups.stores._store import Store
from haulback.errors import HaulbackError
from haulback.model.drill import Drill, DrillStep, DrillVerdict, Forecast, Measured

_FOLDER = "drills"


def new_id(moment: datetime, scenario: str) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{scenario}-{secrets.token_hex(3)}"


def keep(store: Store, drill: Drill, page: str) -> tuple[str, str]:
    """Writes the document and the page for people; returns their names in the store."""
    names = (f"{_FOLDER}/{drill.id}.json", f"{_FOLDER}/{drill.id}.md")
    for name, text in zip(names, (json.dumps(to_document(drill), indent=1) + "\n", page), strict=True):
        with store.writing(name) as stream:
            stream.write(text.encode())
    return names


def earlier(store: Store, scenario: str) -> tuple[Drill, ...]:
    """Earlier drills of a scenario, oldest first; one that cannot be read is passed over."""
    found = []
    for one in store.files(f"{_FOLDER}/"):
        if one.name.endswith(".json") and f"-{scenario}-" in one.name:
            try:
                found.append(from_document(json.loads(store.read(one.name))))
            except (HaulbackError, FileNotFoundError, *UNREADABLE):
                continue
    return tuple(found)


def to_document(drill: Drill) -> dict[str, Any]:
    document = asdict(drill)
    del document["unfiled"]  # it is no part of the evidence: where there is evidence, it is empty
    return {**document, "at": drill.at.isoformat(), "verdict": drill.verdict.value}


def from_document(document: dict[str, Any]) -> Drill:
    measured = dict(document["measured"])
    measured["steps"] = tuple(DrillStep(**one) for one in measured["steps"])
    for name in ("problems", "facts"):
        measured[name] = tuple(measured[name])
    return Drill(
        **{
            **document,
            "at": datetime.fromisoformat(document["at"]),
            "verdict": DrillVerdict(document["verdict"]),
            "measured": Measured(**measured),
            "problems": tuple(document["problems"]),
            "forecast": Forecast(**document["forecast"]) if document["forecast"] else None,
            "trend": tuple(document["trend"]),
        }
    )
