"""Every place that the attic and its WAL go to must have room."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from haulback.checks import attic_space
from haulback.checks._metrics import HostFigures
from haulback.checks.attic_space import Needed, Space, judged
from haulback.model.check import Outcome

GB = 1024**3
NEEDED = Needed(most=3 * GB, expected=2 * GB, wal=GB)


@pytest.mark.parametrize(
    ("spaces", "outcome"),
    [
        ((Space("/data", 3 * GB, 3 * GB, 2 * GB),), Outcome.PASS),
        ((Space("/data", 3 * GB - 1, 3 * GB, 2 * GB),), Outcome.UNKNOWN),
        ((Space("/data", 2 * GB - 1, 3 * GB, 2 * GB),), Outcome.FAIL),
        ((Space("/data", 9 * GB, 3 * GB, 2 * GB), Space("/wal", GB - 1, GB, GB)), Outcome.FAIL),
        ((), Outcome.UNKNOWN),
    ],
)
def test_the_tightest_place_decides(spaces: tuple[Space, ...], outcome: Outcome) -> None:
    finding = judged(spaces, "1.5 times what is kept", "not seen")
    assert finding.outcome is outcome
    assert bool(finding.hint) is (outcome is not Outcome.PASS)


def test_what_is_short_is_named() -> None:
    finding = judged((Space("/data", 9 * GB, 3 * GB, 2 * GB), Space("/wal", 0, GB, GB)), "", "")
    assert finding.figure == "/wal: 0 bytes free, 1.0 GB wanted"


def test_the_wal_counts_where_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, wal = tmp_path / "data", tmp_path / "wal"
    for folder in (data, wal):
        folder.mkdir()
    (together,) = attic_space._local(data, wal, NEEDED)
    assert (together.place, together.most, together.expected) == (str(data), 4 * GB, 3 * GB)
    monkeypatch.setattr(attic_space, "_device", {data: 1, wal: 2, None: None}.get)
    assert [(one.place, one.most) for one in attic_space._local(data, wal, NEEDED)] == [
        (str(data), 3 * GB),
        (str(wal), GB),
    ]
    # A WAL folder that cannot be looked at is told by the check `disk`.
    assert [one.most for one in attic_space._local(data, None, NEEDED)] == [3 * GB]
    assert attic_space._local(None, wal, NEEDED) == ()


@pytest.mark.parametrize(("available", "count"), [({"/": 1e12}, 0), ({"/": 1e12, "/data": 5e9}, 1)])
def test_a_hosted_machine_tells_of_its_data_volume(
    monkeypatch: pytest.MonkeyPatch, available: dict[str, float], count: int
) -> None:
    monkeypatch.setattr(attic_space, "server_process", lambda _: None)
    monkeypatch.setattr(attic_space, "fetch", lambda _: HostFigures(0.1, 0.1, {}, available))
    context = SimpleNamespace(target=None, capture=None, thresholds=SimpleNamespace(attic_margin=1.5))
    found = attic_space._spaces(context, attic_space._Server("", "", GB, GB, GB))  # type: ignore[arg-type]
    assert [(one.place, one.free) for one in found] == [("/data", 5_000_000_000)] * count
