"""`haulback rehearse --history` over whole folders: what is reversed, and how long a migration takes.

Folders are arguments, since real ones are not in this repository; without any, 1,000 small files are written, for
the memory over many.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = 1000

FILE = """
create table public.things_{n} (id bigint primary key, name text not null default 'x');
create index things_{n}_name on public.things_{n} (name);
alter table public.things_{n} enable row level security;
create policy own on public.things_{n} using (name = current_user);
"""
UNDO = "drop table public.things_{n};\n"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="haulback-bench-") as root:
        folders = [Path(one).resolve() for one in sys.argv[1:]]
        for folder in folders:
            told(str(folder), *replayed(Path(root), folder))
        if not folders:
            for count in (FILES // 10, FILES):
                told(f"{count} files", *replayed(Path(root), written(Path(root), count)))


def written(root: Path, count: int) -> Path:
    """Pairs of files that create and drop, so that the schema stays small and only the number of files grows."""
    folder = root / f"migrations-{count}"
    folder.mkdir()
    for number in range(count):
        text = UNDO if number % 2 else FILE
        (folder / f"{number + 1:05}_things.sql").write_text(text.format(n=number // 2))
    return folder


def replayed(root: Path, folder: Path) -> tuple[dict[str, object], int]:
    """The document, and the most memory of the process in MiB."""
    code = (
        "import sys, resource; from haulback.cli.main import run; run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    arguments = ["rehearse", "--history", "--json", "--migrations", str(folder)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    document, memory = done.stdout.splitlines()[-2:]
    return json.loads(document), int(memory)


def told(name: str, found: dict[str, object], memory: int) -> None:
    changed, exact = int(str(found["changed_schema"])), int(str(found["reversed_exactly"]))
    order = int(str(found["reversed_except_column_order"]))
    share = 100 * (exact + order) / changed if changed else 100.0
    each = 1000 * float(str(found["seconds"])) / int(str(found["files"]))
    print(f"{name}: {found['files']} files, {found['applied']} applied, {changed} change the schema")
    print(f"  reversed exactly {exact}, but for column order {order}: {share:.1f} %")
    print(f"  {each:.0f} ms a migration, {memory} MiB at most")


if __name__ == "__main__":
    main()
