"""What was proved of one table says nothing of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haulback.app.drilling import drill
from haulback.app.recovery_planning import recovery_plan
from haulback.backups import manifest
from haulback.backups.covering import holds, newest_covering, parts
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.deploy.progress import Silent
from haulback.errors import HaulbackError
from haulback.model.backup import Backup, BackupKind, Proof, TableContent, Verdict
from haulback.model.physical import Physical
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target

NOW = datetime.now(UTC)
TARGET = Target("local", Environment.PRODUCTION, {}, Policy(unknown_blocks=True))


def made(hours: int, *tables: str, kind: BackupKind = BackupKind.TABLE) -> Backup:
    at = NOW - timedelta(hours=hours)
    held = tuple(TableContent(one, (), (), 1, "h", 1, "f", (), "s") for one in tables)
    id_ = f"{at:%Y%m%dT%H%M%SZ}-{kind.value}-0a1b2c"
    return Backup(id_, kind, "local", "app", "7", 180006, "0/1", at, at, (), held)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("public.orders", ("public", "orders")),
        ("Orders", ("public", "orders")),
        ('"public"."Orders"', ("public", "Orders")),
        ('s."a ""b"".c"', ("s", 'a "b".c')),
        ("", ("public", "")),
    ],
)
def test_a_name_is_the_same_however_it_is_written(name: str, expected: tuple[str, str]) -> None:
    assert parts(name) == expected


def test_every_table_counts_and_a_whole_cluster_has_all() -> None:
    a, b, old = made(1, "public.a"), made(2, "public.b"), made(5, "public.a", "public.b", "public.c")
    whole = made(3, kind=BackupKind.PHYSICAL)
    assert newest_covering([a, b, old], ["public.a"]) == (a, ())
    assert newest_covering([a, b, old], ["public.b", "public.a"]) == (b, ())
    assert newest_covering([a, b, old], ["public.c"]) == (old, ())
    assert newest_covering([a, b, whole, old], ["public.c"]) == (whole, ())
    assert newest_covering([a, b], ["public.c", "public.a"]) == (None, ("public.c",))
    assert newest_covering([a, b], []) == (a, ())
    assert newest_covering([], []) == (None, ())
    assert holds(old, ["c", "public.a"])
    assert not holds(a, ["public.a", "public.b"])


def settings(folder: Path, *tables: str) -> Settings:
    store = BackupSettings(str(folder), tables=tables)
    return Settings(folder, folder, folder, {"local": TARGET}, "local", backups=store)


def shelved(folder: Path, *backups: Backup) -> None:
    shelf = Shelf.of(FolderStore(folder), "local")
    for one in backups:
        with shelf.store.writing(f"{one.id}/{manifest.NAME}") as stream:
            stream.write(manifest.to_text(one))
        shelf.note(Proof(one.id, Verdict.PROVED, NOW, 1.0))


def test_a_plan_of_recovery_is_not_calmed_by_another_table(tmp_path: Path) -> None:
    shelved(tmp_path, made(1, "public.b"), made(9, "public.a"))
    plan = recovery_plan(settings(tmp_path, "public.a"), TARGET)
    assert plan.newest == made(9).id
    assert any("is 9 hours old" in one or "is 9 h old" in one for one in plan.gaps), plan.gaps
    plan = recovery_plan(settings(tmp_path, "public.a", "public.c"), TARGET)
    assert plan.newest == ""
    assert "No proved backup holds public.c: nothing shows that it could be recovered." in plan.gaps


def test_no_drill_goes_by_a_backup_of_another_table(tmp_path: Path) -> None:
    shelved(tmp_path, made(1, "public.b"))
    with pytest.raises(HaulbackError, match=r"no backup of tables holds all of public\.a"):
        drill(settings(tmp_path, "public.a"), TARGET, "table-lost", Silent())


def test_two_of_one_second_are_in_the_order_of_their_moments(tmp_path: Path) -> None:
    """`incremental` sorts before `physical`, and one of a fast machine is made in the second of its parent."""
    at = NOW.replace(microsecond=0) - timedelta(hours=1)
    ids = [f"{at:%Y%m%dT%H%M%SZ}-{kind}-0a1b2c" for kind in ("physical", "incremental")]
    segment = "000000010000000000000001"
    whole = Physical("physical", 1, "0/1000028", "0/1000100", segment, segment, 1 << 24, 1, 1, "x", checksums=True)
    shelved(
        tmp_path,
        *(
            replace(
                made(1),
                id=id_,
                kind=BackupKind(id_.split("-")[1]),
                began_at=at + timedelta(milliseconds=n),
                detail=whole.detail(),
            )
            for n, id_ in enumerate(ids)
        ),
    )
    shelf = Shelf.of(FolderStore(tmp_path), "local")
    assert [one.id for one in shelf.all()] == ids
    assert shelf.newest().id == ids[1]
