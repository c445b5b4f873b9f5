"""What backups and recoveries refuse: in our words, with the exit code of its kind, and nothing half done."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from acceptance_site import Site

from haulback.backups.restores import Restores
from haulback.clock import SystemClock
from haulback.model.cluster_restore import ClusterRestore, Phase


@pytest.mark.parametrize("kind", [("table", "--table", "public.t"), ("physical",)])
def test_a_store_that_cannot_be_made(site: Site, tmp_path: Path, kind: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("no folder")
    site.configure(f'[backups]\nstore = "{tmp_path}/file/kept"\n', user="supabase_admin")
    site.execute("create table public.t (id int)")
    ended = site.run("backup", "run", "--kind", *kind, "--json")
    assert (ended.exit, ended.document["error"]) == (1, "store-unreachable")
    assert "[Errno" not in ended.document["message"]
    assert ended.document["message"].endswith("Not a directory")


@pytest.mark.parametrize("command", ["undo", "forget"])
def test_no_restore_of_that_number_is_a_matter_of_usage(site: Site, command: str) -> None:
    ended = site.run("restore", command, "7", "--yes", "--json")
    assert (ended.exit, ended.document["error"]) == (2, "no-such-restore")


@pytest.mark.parametrize(
    "words",
    [
        ("restore", "pitr", "--to", "latest", "--from", ""),
        ("restore", "pitr", "--undo", "", "--confirm", "local"),
        ("restore", "pitr", "--discard", " ", "--confirm", "local"),
        ("backup", "run", "--kind", "incremental", "--parent", ""),
        ("backup", "run", "--engine", ""),
    ],
)
def test_an_empty_id_is_none(site: Site, words: tuple[str, ...]) -> None:
    ended = site.run(*words, "--json")
    assert (ended.exit, ended.document["error"]) == (2, "usage-error")
    assert ended.document["message"].endswith("it is empty")


@pytest.mark.parametrize("more", [("--swap",), ("--from", "x"), ("--to", "latest"), ("--discard", "y")])
def test_going_back_takes_nothing_of_a_recovery(site: Site, more: tuple[str, ...]) -> None:
    ended = site.run("restore", "pitr", "--undo", "x", "--confirm", "local", *more, "--json")
    assert (ended.exit, ended.document["error"]) == (2, "usage-error")


def test_the_beginning_of_several_recoveries_is_none(site: Site) -> None:
    site.configure(local=f'archive = "{site.folder}"')
    kept = Restores(site.home.absolute() / "restores" / "local")
    ids = [f"20260101T00000{n}Z-pitr-{secrets.token_hex(3)}" for n in range(2)]
    for id_ in ids:
        kept.begin(ClusterRestore(id_, "local", "latest", Phase.BUILDING, SystemClock().now()))
    try:
        ended = site.run("restore", "pitr", "--discard", "2026", "--confirm", "local", "--json")
        assert (ended.exit, ended.document["error"]) == (2, "several-recoveries")
        assert ended.document["message"].startswith("the ids of 2 recoveries in ")
        unknown = site.run("restore", "pitr", "--discard", "2027", "--confirm", "local", "--json")
        assert (unknown.exit, unknown.document["error"]) == (2, "no-such-recovery")
        assert site.run("restore", "pitr", "--discard", ids[0], "--confirm", "local").exit == 0
    finally:
        for one in kept.all():
            kept.discard(one)


def test_restores_are_listed_for_those_who_may_read_the_journal(site: Site) -> None:
    site.execute("create table public.t (id int primary key); insert into public.t values (1)")
    taken = site.run("backup", "run", "--table", "public.t", "--json").document["id"]
    site.execute("delete from public.t")
    assert site.run("restore", "table", "public.t", "--from", taken, "--missing", "--yes").exit == 0
    name = f"guest_{secrets.token_hex(4)}"
    with site.operator() as operator:
        operator.execute(f"create role {name} login")
    try:
        site.configure(user=name)
        ended = site.run("restore", "list", "--json")
    finally:
        with site.operator() as operator:
            operator.execute(f"drop role {name}")
    assert (ended.exit, ended.document["error"]) == (3, "journal-closed")
    assert ended.document["message"] == "this role may not read the journal of local"


def test_a_table_that_is_not_there_is_missed_in_the_target(site: Site) -> None:
    ended = site.run("backup", "run", "--table", "public.nothing", "--json")
    assert (ended.exit, ended.document["message"]) == (2, "local has no table public.nothing")


@pytest.mark.parametrize("store", ['"\\u0000"', '"s3://"', '"file://"', '"file:///"'])
def test_an_address_that_names_no_store(site: Site, store: str) -> None:
    site.configure(f"[backups]\nstore = {store}\n")
    ended = site.run("backup", "list", "--json")
    assert (ended.exit, ended.document["error"]) == (2, "wrong-setting")


def test_no_line_is_added_to_a_device(site: Site) -> None:
    ended = site.run("schedule", "install", "--cron", "--to", "/dev/zero", "--json")
    assert (ended.exit, ended.document["error"]) == (2, "usage-error")
