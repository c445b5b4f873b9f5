"""`haulback lint` over 100 files, beside squawk alone on the same files and Python doing nothing."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import _peers as peers
from _measure import interleaved, timed

RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "9"))
FILES = 100

FILE = """
create table public.things_{n} (
  id bigint generated always as identity primary key,
  owner uuid not null references auth.users (id) on delete cascade,
  name text not null,
  created_at timestamptz not null default now()
);
alter table public.things_{n} enable row level security;
create policy own on public.things_{n} for all to authenticated
  using ((select auth.uid()) = owner) with check ((select auth.uid()) = owner);
create index things_{n}_owner on public.things_{n} (owner);
alter table public.orders add column note_{n} text;
create or replace function public.touch_{n}() returns trigger language plpgsql set search_path = '' as $$
begin
  new.created_at := pg_catalog.now();
  return new;
end $$;
create trigger touch before update on public.things_{n} for each row execute function public.touch_{n}();
insert into public.things_{n} (owner, name) select id, 'first' from auth.users;
"""


def main() -> None:
    root = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
    try:
        folder = root / "supabase/migrations"
        folder.mkdir(parents=True)
        (root / "haulback.toml").write_text("")
        for number in range(FILES):
            (folder / f"{20240101000000 + number}_things.sql").write_text(FILE.format(n=number))
        squawk = str(Path(sys.executable).with_name("squawk"))
        files = [str(file) for file in sorted(folder.glob("*.sql"))]

        def ours() -> float:
            return timed([*peers.HAULBACK, "lint"], root)

        def alone() -> float:
            return timed(["sh", "-c", '"$@" >/dev/null || true', "sh", squawk, *files], root)

        figures = interleaved(
            RUNS,
            ("python -c pass", lambda: timed([sys.executable, "-c", "pass"], root)),
            ("haulback lint", ours),
            ("squawk", alone),
        )
    finally:
        shutil.rmtree(root, ignore_errors=True)
    sys.stdout.write(f"{FILES} files of 9 statements, {RUNS} runs each, median [least .. most]\n")
    for figure in figures:
        sys.stdout.write(figure.line(figures[0]) + "\n")


if __name__ == "__main__":
    main()
