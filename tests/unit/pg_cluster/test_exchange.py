"""Two folders change places, and no crash in between leaves one of them lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.pg import exchange
from haulback.pg.binaries import embedded
from haulback.pg.cluster import Cluster, SwapUnfinished


def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "who").write_text(name)
    return tmp_path / "first", tmp_path / "second"


@pytest.mark.parametrize("at_once", [True, False])
def test_they_change_places(tmp_path: Path, *, at_once: bool) -> None:
    first, second = pair(tmp_path)
    exchange.exchange(first, second, at_once=at_once)
    assert ((first / "who").read_text(), (second / "who").read_text()) == ("second", "first")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["first", "second"]
    exchange.settle(first, second)
    assert (first / "who").read_text() == "second", "there is nothing to settle"


@pytest.mark.parametrize("came_to", [1, 2])
def test_a_crash_in_between_is_brought_to_its_end(tmp_path: Path, came_to: int) -> None:
    first, second = pair(tmp_path)
    first.rename(tmp_path / "first.leaving")
    assert exchange.is_away(first)
    if came_to == 2:
        second.rename(first)
        assert not exchange.is_away(first)
    exchange.settle(first, second)
    assert ((first / "who").read_text(), (second / "who").read_text()) == ("second", "first")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    first, second = pair(tmp_path)
    with pytest.raises(exchange.ExchangeImpossible):
        exchange.exchange(first, second.with_name("third"))
    assert (first / "who").read_text() == "first"


def test_no_new_cluster_is_made_while_the_data_are_away(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "main", embedded(), platform=False, listen=False)
    (cluster.folder.path / "data.leaving").mkdir(parents=True)
    with pytest.raises(SwapUnfinished):
        cluster.start()
    assert not cluster.folder.data.exists()
