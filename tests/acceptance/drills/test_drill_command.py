"""What the issue calls done: backup, proof and drill on a fresh server of our own, by the command."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from acceptance_site import Ended

Run = Callable[..., Ended]


def test_backup_verify_and_drill_pass(run: Run) -> None:
    assert run("backup", "run").exit == 0
    proof = run("backup", "verify", "--json")
    assert (proof.exit, proof.document["proofs"][0]["verdict"]) == (0, "proved")
    drill = run("drill", "--json")
    assert drill.exit == 0
    document = drill.document
    assert document["verdict"] == "pass"
    assert 0 < document["rto_seconds"] < document["rto_objective"]
    assert 0 <= document["rpo_seconds"] < document["rpo_objective"]
    assert document["problems"] == []


def test_a_migration_that_does_harm_is_taken_back(run: Run, backup: str) -> None:
    document = run("drill", "--scenario", "bad-migration", "--json").document
    assert (document["verdict"], document["problems"], document["rpo_seconds"]) == ("pass", [], 0.0)
    assert document["rows"] > 10


def test_a_missed_objective_fails(run: Run, backup: str) -> None:
    drill = run("drill", "--scenario", "table-lost", "--json", config="[objectives]\ndata_loss = '1s'\n")
    assert (drill.exit, drill.document["verdict"]) == (3, "fail")
    assert drill.document["problems"][0].startswith("writes of ")


def test_a_damaged_backup_fails_the_proof_and_the_drill(run: Run, backup: str) -> None:
    taken = run("backup", "run", "--json").document
    where = Path(json.loads(run("dr", "plan", "--json").stdout)["store"])
    (rows,) = (where / taken["id"]).glob("0001.copy.zst")
    whole = rows.read_bytes()
    rows.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    proof = run("backup", "verify", taken["id"], "--json")
    drill = run("drill", "--scenario", "table-lost", "--json")
    assert (proof.exit, proof.document["proofs"][0]["verdict"]) == (3, "bad")
    # The older one is proved, so the drill goes by that; proved bad, the newer one counts for nothing.
    assert drill.document["backup"] not in (None, taken["id"])
    shutil.rmtree(where / taken["id"])


def test_without_its_key_a_backup_is_not_said_to_fail(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = f"[backups]\nstore = '{tmp_path}'\n"
    monkeypatch.setenv("HAULBACK_BACKUP_KEY", "ab" * 32)
    assert run("backup", "run", config=store).exit == 0
    monkeypatch.setenv("HAULBACK_BACKUP_KEY", "")
    for scenario in ("table-lost", "bad-migration"):
        drill = run("drill", "--scenario", scenario, "--json", config=store)
        assert (drill.exit, drill.document["verdict"], drill.document["rto_seconds"]) == (7, "unknown", None)
    monkeypatch.setenv("HAULBACK_BACKUP_KEY", "cd" * 32)
    for scenario in ("table-lost", "bad-migration"):
        drill = run("drill", "--scenario", scenario, "--json", config=store)
        assert (drill.exit, drill.document["error"]) == (7, "nothing-to-drill")
        assert "no backup of tables is believed" in drill.document["message"]


def test_nothing_to_harm_is_not_said_to_fail(run: Run, tmp_path: Path) -> None:
    store = f"[backups]\nstore = '{tmp_path}'\n"
    assert run("backup", "run", "--table", "public.erased_users", config=store).exit == 0
    drill = run("drill", "--scenario", "bad-migration", "--json", config=store)
    assert (drill.exit, drill.document["verdict"]) == (7, "unknown")


def test_no_drill_while_another_restore_has_the_private_cluster(run: Run, backup: str) -> None:
    store = Path(run("dr", "plan", "--json").document["store"])
    drills = sorted((store / "drills").glob("*"))
    (lock,) = store.parents[1].glob("proof-*.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        drill = run("drill", "--scenario", "table-lost", "--json")
    assert (drill.exit, drill.document["error"]) == (6, "aside-busy")
    assert sorted((store / "drills").glob("*")) == drills


def test_the_plan_tells_times_and_gaps(run: Run, backup: str) -> None:
    run("drill", "--scenario", "bad-migration")
    said = run("dr", "plan", config="[objectives]\ncontacts = ['Ada, +44 1', 'Grace']\n")
    assert said.exit == 0
    assert "1. Ada, +44 1\n2. Grace\n" in said.stdout
    assert "haulback rollback --yes" in said.stdout
    assert "Practised" in said.stdout
    assert "Nobody is named" not in said.stdout


def test_nothing_to_drill(run: Run, tmp_path: Path) -> None:
    drill = run("drill", "--json", config=f"[backups]\nstore = '{tmp_path}'\n")
    assert (drill.exit, drill.document["error"]) == (7, "nothing-to-drill")
    unknown = run("drill", "--scenario", "flood", "--json")
    assert (unknown.exit, unknown.document["error"]) == (2, "unknown-scenario")


def test_the_target_is_left_alone(run: Run, backup: str) -> None:
    url = run("up", "--detach", "--json").document["url"]
    with psycopg.connect(url) as connection:
        before = connection.execute(
            "select pg_current_wal_insert_lsn(), count(*) from public.engagement_events"
        ).fetchone()
        (names,) = connection.execute("select array_agg(datname order by datname) from pg_database").fetchone()
        run("drill", "--scenario", "bad-migration")
        after = connection.execute("select array_agg(datname order by datname) from pg_database").fetchone()
        count = connection.execute("select count(*) from public.engagement_events").fetchone()
    assert (after[0], count[0]) == (names, before[1])
