"""How a drill is judged, and what is forecast of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from haulback.backups import evidence
from haulback.backups.cluster_errors import NoRoom
from haulback.backups.drilling import forecast, judged, judged_failure
from haulback.backups.errors import BackupDamaged, KeyMissing, StoreUnreachable
from haulback.backups.stores.file import FolderStore
from haulback.model.drill import Drill, DrillStep, DrillVerdict, Measured
from haulback.pg.execution import ConnectionLost

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MB = 1_000_000


def drill(size: int, rto: float | None) -> Drill:
    return Drill("id", "table-lost", "local", AT, DrillVerdict.PASS, Measured(rto, 0.0, size=size), 3600.0, 900.0)


@pytest.mark.parametrize(
    ("measured", "verdict", "reason"),
    [
        (Measured(10.0, 5.0), DrillVerdict.PASS, ""),
        (Measured(60.0, 30.0), DrillVerdict.PASS, ""),
        (Measured(60.1, 5.0), DrillVerdict.FAIL, "it took 60.1 s"),
        (Measured(10.0, 30.5), DrillVerdict.FAIL, "writes of 30.5 s are lost"),
        (Measured(10.0, 5.0, problems=("t came back with other rows",)), DrillVerdict.FAIL, "t came back"),
        (Measured(None, None, problems=("it did not start",)), DrillVerdict.FAIL, "it did not start"),
        (Measured(10.0, None), DrillVerdict.UNKNOWN, "how much is lost"),
        (Measured(None, 5.0), DrillVerdict.UNKNOWN, "how long it takes"),
    ],
)
def test_verdicts(measured: Measured, verdict: DrillVerdict, reason: str) -> None:
    found, problems = judged(measured, 60.0, 30.0)
    assert found is verdict
    assert bool(problems) is bool(reason)
    assert not reason or problems[0].startswith(reason)


def test_of_one_drill_the_steps_tell_what_grows() -> None:
    steps = (DrillStep("start", 2.0, grows=False), DrillStep("copy", 8.0))
    found = forecast((), Measured(10.0, 0.0, size=100 * MB, steps=steps), 82.0)
    assert found is not None
    assert (found.breaks_at, found.from_drills) == (1000 * MB, 1)


def test_of_several_sizes_a_line_tells() -> None:
    earlier = (drill(100 * MB, 6.0), drill(200 * MB, 7.0))
    found = forecast(earlier, Measured(8.0, 0.0, size=300 * MB), 105.0)
    assert found is not None
    assert (found.breaks_at, found.from_drills) == (10_000 * MB, 3)


@pytest.mark.parametrize("earlier", [drill(1, 5.0), drill(90 * MB, None), drill(200 * MB, 1.0)])
def test_what_says_nothing_is_left_out(earlier: Drill) -> None:
    """A small one, one that failed, and a larger one that was quicker."""
    steps = (DrillStep("copy", 10.0),)
    found = forecast((earlier,), Measured(10.0, 0.0, size=100 * MB, steps=steps), 100.0)
    assert found is not None
    assert found.breaks_at == 1000 * MB


@pytest.mark.parametrize("measured", [Measured(None, None, size=MB * 100), Measured(1.0, 0.0, size=5 * MB)])
def test_nothing_is_forecast_of_nothing(measured: Measured) -> None:
    assert forecast((), measured, 100.0) is None


def test_an_objective_that_is_missed_already_breaks_at_less() -> None:
    found = forecast((), Measured(10.0, 0.0, size=100 * MB, steps=(DrillStep("start", 10.0, grows=False),)), 5.0)
    assert found is not None
    assert found.breaks_at is None  # nothing grows: a smaller one would not be quicker
    found = forecast((), Measured(10.0, 0.0, size=100 * MB, steps=(DrillStep("copy", 10.0),)), 5.0)
    assert found is not None
    assert found.breaks_at == 50 * MB


def test_evidence_comes_back_as_it_was() -> None:
    steps = (DrillStep("copy", 1.5),)
    measured = Measured(1.5, 0.5, 3, 100 * MB, "b", steps, ("p",), ("f",))
    whole = Drill(
        "id", "table-lost", "local", AT, DrillVerdict.FAIL, measured, 1.0, 2.0, ("p",), forecast((), measured, 9.0), (1.0,)
    )  # fmt: skip
    assert evidence.from_document(json.loads(json.dumps(evidence.to_document(whole)))) == whole


def test_evidence_nested_without_end_is_passed_over(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    evidence.keep(store, drill(10 * MB, 2.0), "")
    for number, text in enumerate((b"[" * 100_000, b"[]", b"null", b"\xff")):
        with store.writing(f"drills/{number}-table-lost-x.json") as stream:
            stream.write(text)
    (tmp_path / "drills" / "id.json").rename(tmp_path / "drills" / "9-table-lost-x.json")
    assert evidence.earlier(store, "table-lost") == (drill(10 * MB, 2.0),)


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (BackupDamaged(id="b", reason="r"), DrillVerdict.FAIL),
        (psycopg.errors.InvalidTextRepresentation(), DrillVerdict.FAIL),
        (psycopg.errors.UniqueViolation(), DrillVerdict.FAIL),
        (StoreUnreachable(store="s", reason="r"), DrillVerdict.UNKNOWN),
        (NoRoom(folder="f", reason="r"), DrillVerdict.UNKNOWN),
        (ConnectionLost(target="t", reason="r"), DrillVerdict.UNKNOWN),
        (KeyMissing(id="b"), DrillVerdict.UNKNOWN),
        (psycopg.OperationalError("server closed the connection"), DrillVerdict.UNKNOWN),
        (OSError(28, "No space left on device"), DrillVerdict.UNKNOWN),
    ],
)
def test_a_failure_says_something_of_the_backups_or_nothing(failure: Exception, verdict: DrillVerdict) -> None:
    assert judged_failure(failure) is verdict
