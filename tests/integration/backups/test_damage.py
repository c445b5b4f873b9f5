"""Whatever happens to a backup where it lies, verifying finds it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from damage import flip
from faults import KEY, PLAIN, Keeper, any_keeper, execute, keeper, proving_home  # noqa: F401 - fixtures

from haulback.backups import manifest
from haulback.model.backup import Backup, Verdict

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

FLIPS = 60
Mangle = Callable[[Path], None]


def _cut(name: str, keep: float) -> Mangle:
    def mangle(folder: Path) -> None:
        text = (folder / name).read_bytes()
        (folder / name).write_bytes(text[: int(len(text) * keep)])

    return mangle


def _gone(name: str) -> Mangle:
    return lambda folder: (folder / name).unlink()


def _longer(folder: Path) -> None:
    with (folder / "0001.copy.zst").open("ab") as file:
        file.write(b"\0")


def _swapped(folder: Path) -> None:
    first, second = folder / "0001.copy.zst", folder / "0003.copy.zst"
    aside = folder / "aside"
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def _edited(**fields: object) -> Mangle:
    def mangle(folder: Path) -> None:
        document = json.loads((folder / manifest.NAME).read_bytes())
        (folder / manifest.NAME).write_text(json.dumps({**document, **fields}), encoding="utf-8")

    return mangle


DAMAGE: dict[str, Mangle] = {
    "rows cut": _cut("0001.copy.zst", 0.6),
    "rows emptied": _cut("0001.copy.zst", 0),
    "hashes cut": _cut("0001.rows.zst", 0.5),
    "schema cut": _cut("schema.json.zst", 0.9),
    "rows gone": _gone("0001.copy.zst"),
    "hashes gone": _gone("0001.rows.zst"),
    "schema gone": _gone("schema.json.zst"),
    "rows longer": _longer,
    "files swapped": _swapped,
    "manifest cut": _cut(manifest.NAME, 0.5),
    "manifest emptied": _cut(manifest.NAME, 0),
    "another lsn": _edited(lsn="0/1"),
    "another moment": _edited(began_at="2020-01-01T00:00:00+00:00"),
    "tables left out": _edited(tables=[]),
}


def backed_up(database: Database, keeper: Keeper) -> Backup:
    execute(database, PLAIN, "create table public.u (id int primary key, v text); insert into public.u values (1, 'x')")
    return keeper.take(database, "public.t", "public.u")


def test_each_damage_is_found_and_the_healthy_one_is_not_flagged(database: Database, any_keeper: Keeper) -> None:
    backup = backed_up(database, any_keeper)
    place = any_keeper.place(backup)
    healthy = any_keeper.folder / "healthy"
    shutil.copytree(place, healthy)
    missed = []
    for name, mangle in DAMAGE.items():
        mangle(place)
        if any_keeper.verify(backup).verdict is not Verdict.BAD:
            missed.append(name)
        shutil.rmtree(place)
        shutil.copytree(healthy, place)
    assert missed == []
    assert any_keeper.verify(backup).verdict is Verdict.PROVED


def test_a_flipped_byte_is_found_wherever_it_is(database: Database, any_keeper: Keeper) -> None:
    """A thousand of them: benchmarks/backup_faults.py."""
    backup = backed_up(database, any_keeper)
    dice = random.Random(5)
    missed = []
    for _ in range(FLIPS):
        with flip(any_keeper.place(backup), dice) as where:
            if any_keeper.verify(backup).verdict is not Verdict.BAD:
                missed.append(where)
    assert missed == []
    assert any_keeper.verify(backup).verdict is Verdict.PROVED


def test_the_manifest_of_another_backup_is_found(database: Database, any_keeper: Keeper) -> None:
    first = backed_up(database, any_keeper)
    second = any_keeper.take(database, "public.t", "public.u")
    shutil.copy(any_keeper.place(first) / manifest.NAME, any_keeper.place(second) / manifest.NAME)
    proof = any_keeper.verify(second)
    assert (proof.verdict, first.id in proof.problems[0]) == (Verdict.BAD, True)


def test_rows_of_another_backup_under_an_honest_looking_manifest_are_found(database: Database, keeper: Keeper) -> None:
    """Somebody who knows the format writes sums that fit: restoring still finds other rows."""
    backup = backed_up(database, keeper)
    execute(database, "update public.t set v = 'other' where id = 7")
    other = keeper.take(database, "public.t", "public.u")
    tables = (replace(other.tables[0], hash=backup.tables[0].hash), other.tables[1])
    (keeper.place(other) / manifest.NAME).write_bytes(manifest.to_text(replace(other, tables=tables)))
    assert keeper.verify(other).problems == ("the rows of public.t came back with other values",)


def test_a_manifest_that_was_made_without_the_key_is_found(database: Database, keeper: Keeper) -> None:
    encrypted = replace(keeper, key=KEY)
    backup = backed_up(database, encrypted)
    (encrypted.place(backup) / manifest.NAME).write_bytes(manifest.to_text(replace(backup, lsn="0/1")))
    assert encrypted.verify(backup).verdict is Verdict.BAD


@pytest.mark.parametrize(("key", "said"), [(None, "no key is given"), ("cd" * 32, "the key given is")])
def test_without_its_key_nothing_is_said_of_a_backup(
    database: Database, keeper: Keeper, key: str | None, said: str
) -> None:
    backup = backed_up(database, replace(keeper, key=KEY))
    proof = replace(keeper, key=key).verify(backup)
    assert proof.verdict is Verdict.UNKNOWN
    assert said in proof.problems[0]
    assert KEY not in proof.problems[0]


def test_one_in_the_making_does_not_begin_its_life_as_a_bad_one(database: Database, keeper: Keeper) -> None:
    backup = backed_up(database, keeper)
    text = (keeper.place(backup) / manifest.NAME).read_bytes()
    (keeper.place(backup) / manifest.NAME).unlink()
    assert keeper.verify(backup).verdict is Verdict.UNKNOWN
    (keeper.place(backup) / manifest.NAME).write_bytes(text)
    assert keeper.shelf.all()[0].verdict is None
