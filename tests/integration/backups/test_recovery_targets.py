"""A recovery lands exactly where it was aimed, by time, position, transaction and name; judged row by row."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from recovery_ground import Ground, Noted, ground

from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import AmbiguousName, NotInTheLog, TooEarly, TooLate
from haulback.model.aim import Aim
from haulback.pg import binaries

KINDS = ("time", "lsn", "xid", "name")
ROWS = 24


def aim(noted: Noted, kind: str) -> Aim:
    return aim_of(
        noted.at if kind == "time" else None,
        noted.lsn if kind == "lsn" else None,
        noted.xid if kind == "xid" else None,
        noted.name if kind == "name" else None,
    )


@pytest.fixture(scope="module", params=[18, 15])
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Rows, a backup, rows over several segments, a second backup, rows."""
    found = binaries.for_major(request.param)
    if found is None:
        pytest.skip(f"PostgreSQL {request.param} is not installed")
    for it in ground(tmp_path_factory.mktemp("history"), found):
        it.write(4)
        it.back_up()
        it.write(ROWS // 2 - 4)
        it.switch()
        it.write(4)
        it.back_up()
        it.write(ROWS // 2 - 4)
        it.switch()
        yield it


@pytest.mark.parametrize("kind", KINDS)
def test_a_moment(history: Ground, kind: str) -> None:
    number = random.randrange(5, ROWS + 1)  # pytest-randomly seeds it
    assert history.recover(aim(history.noted[number], kind)) == list(range(1, number + 1))


def test_the_newest(history: Ground) -> None:
    assert history.recover(aim_of("latest", None, None, None)) == list(range(1, ROWS + 1))


def test_an_older_backup_by_name(history: Ground) -> None:
    first = history.shelf.all()[0].id
    found = history.recover(aim(history.noted[ROWS], "xid"), chosen=first)
    assert found == list(range(1, ROWS + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_before_the_oldest_backup(history: Ground, kind: str) -> None:
    with pytest.raises((TooEarly, NotInTheLog)):
        history.recover(aim(history.noted[2], kind))
    assert not list((history.settings.home / "restores" / "local").glob("*-pitr-*"))


@pytest.mark.parametrize(
    "wanted",
    [aim_of("2999-01-01T00:00:00Z", None, None, None), aim_of(None, "FF/0", None, None)],
    ids=["time", "lsn"],
)
def test_after_the_newest(history: Ground, wanted: Aim) -> None:
    with pytest.raises(TooLate):
        history.recover(wanted)
    assert not list((history.settings.home / "restores" / "local").glob("*-pitr-*"))


@pytest.mark.parametrize(
    "wanted", [aim_of(None, None, "999999", None), aim_of(None, None, None, "never")], ids=["xid", "name"]
)
def test_what_is_not_in_the_log(history: Ground, wanted: Aim) -> None:
    with pytest.raises(NotInTheLog):
        history.recover(wanted)


def test_a_name_that_was_given_twice(history: Ground) -> None:
    with history.connect() as connection:
        for _ in range(2):
            connection.execute("select pg_create_restore_point('twice')")
    with pytest.raises(AmbiguousName):
        history.recover(aim_of(None, None, None, "twice"))
