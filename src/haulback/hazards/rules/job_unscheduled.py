"""cron.unschedule: a job runs no more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import trees
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    called = [
        (seen, call)
        for seen in reading.of("select_stmt")
        if "cron." in seen.text.lower()
        for call in seen.parts("FuncCall")
        if names.words(call.funcname)[0] == "cron"
    ]
    scheduled = {_job(call) for _, call in called if trees.called(call).startswith("schedule")}
    for seen, call in called:
        if trees.called(call) == "unschedule" and _job(call) not in scheduled:
            yield _told(seen, _job(call))


def _told(seen: Seen, job: str) -> Found:
    return Found(
        seen,
        f"the job {job or 'of that number'} runs no more, and its schedule and command go",
        subject=job,
        advice="See that nothing waits for its work, or schedule it again in the same migration.",
    )


def _job(call: Node) -> str:
    """The name of the job, where one is written."""
    return str(call.args[0].a_const.sval.sval) if call.args else ""


RULE = Rule("job-unscheduled", "A scheduled job is taken away", Family.CLIENTS, Level.WARN, _find)
