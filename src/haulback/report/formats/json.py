"""For a program: the document of `--json`, indented."""

from __future__ import annotations

import json
from typing import Any

from haulback.model.outcome import Outcome
from haulback.report import digest, document_hazards, documents
from haulback.report.formats._format import Format
from haulback.report.subjects import LintSubject, PlanSubject


def _plan(subject: PlanSubject) -> str:
    return _written(documents.planned(subject))


def _deployment(outcome: Outcome) -> str:
    return _written(documents.deployed(outcome, digest.ending(outcome.deployment)))


def _hazards(subject: LintSubject) -> str:
    return _written(document_hazards.linted(subject))


def _written(document: dict[str, Any]) -> str:
    return json.dumps({"schema": documents.SCHEMA, **document}, indent=2) + "\n"


FORMAT = Format("json", (".json",), _plan, _deployment, _hazards)
