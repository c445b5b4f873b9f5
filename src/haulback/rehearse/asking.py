"""Asks recorded requests of a shadow, before a plan and after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from haulback.contract import answers
from haulback.contract.recorded.lines import written
from haulback.contract.replaying import NotAsked
from haulback.gateway.answer import Answer
from haulback.model.api import ApiSettings
from haulback.model.contract import Difference
from haulback.model.requests import RecordedRequest
from haulback.model.target import Target
from haulback.rehearse.stage import Stage

_MOST = 500  # requests of one rehearsal


class Asking:
    """Recorded requests on their way through a rehearsal.

    Attributes:
        problem: why they could not be asked, or not all.
    """

    def __init__(self, stage: Stage, requests: Sequence[RecordedRequest]) -> None:
        self._stage, self._requests = stage, requests[:_MOST]
        self._before: tuple[tuple[Answer, ...], tuple[Answer, ...]] | None = None
        left = len(requests) - len(self._requests)
        self.problem = f"{left} recorded requests beyond {_MOST} were not asked" if left else ""

    def before(self, copy: Target) -> None:
        """Twice, since what differs by itself is no difference of the plan."""
        first, again = self._asked(copy), self._asked(copy)
        if first is not None and again is not None:
            self._before = first, again

    def after(self, copy: Target) -> tuple[Difference, ...]:
        """How the answers differ now."""
        now = self._asked(copy) if self._before else None
        return answers.compared(self._requests, *self._before, now) if self._before and now is not None else ()

    def _asked(self, copy: Target) -> tuple[Answer, ...] | None:
        if not self._requests:
            return ()
        try:
            return self._stage.answers(copy, self._requests)
        except NotAsked as failure:
            self.problem = f"recorded requests could not be asked: {failure}"
            return None


def key(exposed: Sequence[str], api: ApiSettings, requests: Sequence[RecordedRequest]) -> str:
    """Names what the answers depend on, besides schema and rows."""
    shown = {name: value for name, value in asdict(api).items() if name not in {"password", "jwt_secret"}}
    digest = hashlib.sha256(json.dumps([*exposed, shown], sort_keys=True, default=str).encode())
    for one in requests:
        digest.update(written(one))
    return digest.hexdigest()
