"""`/rest/v1/health`: whether requests would be answered, for balancers and for cron."""

from __future__ import annotations

from collections.abc import Callable

from haulback.gateway.answer import Answer
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.database.segment import Outcome, Step

PATH = "/health"
_ASKED = Step("health", b"SELECT 1")


def asked(lanes: Lanes, respond: Callable[[Answer], None]) -> None:
    """Asks the database, by the way that reads go."""

    def told(outcome: Outcome) -> None:
        well = outcome.error is None and outcome.lost is None
        respond(_answer(200, b'{"status":"ok"}') if well else _answer(503, b'{"status":"unavailable"}'))

    lanes.run([_ASKED], told, quick=True)


def _answer(status: int, body: bytes) -> Answer:
    headers = (("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store"))
    return Answer(status, headers if status < 400 else (*headers, ("Retry-After", "1")), body)  # noqa: PLR2004 - HTTP
