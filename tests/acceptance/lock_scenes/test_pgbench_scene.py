"""Ten mixed migrations while pgbench writes at a steady rate: none of its transactions fails."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from acceptance_site import Site

from haulback.pg import binaries

RATE, SECONDS, CLIENTS = 150, 8, 4
TRANSACTIONS = re.compile(r"number of transactions actually processed: (\d+)")
FAILED = re.compile(r"number of failed transactions: (\d+)")

MIGRATIONS = (
    "alter table public.pgbench_accounts add column note text",
    "create index concurrently accounts_balance on public.pgbench_accounts (abalance)",
    "create table public.audit (id bigint generated always as identity primary key, aid integer, at timestamptz)",
    "alter table public.audit add constraint audit_aid_fkey foreign key (aid) references public.pgbench_accounts (aid)",
    "alter table public.pgbench_tellers add constraint tellers_filled check (tbalance is not null) not valid",
    "alter table public.pgbench_tellers validate constraint tellers_filled",
    "create view public.totals as select bid, sum(abalance) as total from public.pgbench_accounts group by bid",
    "create function public.one() returns integer language sql immutable set search_path = '' as 'select 1'",
    "alter table public.pgbench_branches alter column filler set default ''",
    "alter table public.pgbench_tellers drop column filler",
)


@pytest.fixture
def loaded(site: Site) -> Site:
    pgbench(site, "-i", "-q", "-s", "1").communicate(timeout=60)
    for number, statement in enumerate(MIGRATIONS, start=1):
        site.migration(f"{number}_step.sql", f"{statement};\n")
    return site


def pgbench(site: Site, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        "PGHOST": str(site.server.socket_dir),
        "PGPORT": str(site.server.port),
        "PGUSER": "postgres",
        "PGDATABASE": site.database,
    }
    return subprocess.Popen(
        [str(binaries.embedded().program("pgbench")), *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_no_transaction_fails_while_ten_migrations_are_deployed(loaded: Site) -> None:
    load = pgbench(loaded, "-n", "-c", str(CLIENTS), "-R", str(RATE), "-T", str(SECONDS), "--failures-detailed")
    ended = loaded.deploy("--skip", "preflight", "--skip", "verify")
    written_after = loaded.value("select count(*) from public.pgbench_history")
    said, _ = load.communicate(timeout=60)

    assert ended.exit == 0, ended.stderr
    assert load.returncode == 0, said
    failed, processed = FAILED.search(said), TRANSACTIONS.search(said)
    assert failed is not None
    assert int(failed[1]) == 0
    assert processed is not None
    assert 0 < written_after <= int(processed[1])
    assert loaded.value("select count(*) from public.pgbench_history") == int(processed[1])
    assert loaded.value("select count(*) from supabase_migrations.schema_migrations") == len(MIGRATIONS)
