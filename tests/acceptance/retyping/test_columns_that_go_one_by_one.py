"""Of several columns of a table one goes earlier than the others: what users write into the others until then stays."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from acceptance_site import Site

ROWS = 200
_DROP_A, _WAIT = "alter table public.things drop column a;", "select pg_sleep(0.5);"
_C_TO_INT = "alter table public.things alter column c type int using c::int;"
_DROP_B = "alter table public.things drop column b;"
ONE_BY_ONE = {
    "parts": [f"{_DROP_A}\ncommit;\n{_WAIT}\ncommit;\n{_DROP_B} {_C_TO_INT}"],
    "files": [_DROP_A, _WAIT, _C_TO_INT, _DROP_B],
}


@pytest.mark.parametrize("texts", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_later_writes_to_the_others_come_back(site: Site, texts: list[str]) -> None:
    site.execute(
        "create table public.things (id bigint primary key, a text, b text, c text);"
        f"insert into public.things select n, 'a' || n, 'b' || n, '00' || n from generate_series(1, {ROWS}) n"
    )
    for number, text in enumerate(texts, start=1):
        site.migration(f"{number}_part.sql", text)
    wrote: dict[int, int] = {}
    gone = threading.Event()

    def write() -> None:
        with site.connect() as one:
            number = 0
            while not gone.is_set():
                number, key = number + 1, number % 50 + 1
                try:
                    one.execute(f"update public.things set b = 'user {number}' where id = {key}")
                except psycopg.errors.UndefinedColumn:
                    return
                wrote[key] = number
                time.sleep(0.003)

    user = threading.Thread(target=write)
    user.start()
    done = site.run("deploy", "--yes", "--json", "--skip", "preflight", "--skip", "verify", "--skip", "hazards")
    gone.set()
    user.join()
    assert done.exit == 0, done.stdout + done.stderr
    assert wrote
    taken = site.rollback()
    assert taken.exit == 0, taken.stdout + taken.stderr
    rows = site.rows("select id, a, b, c from public.things order by id")
    wanted = [
        (key, f"a{key}", f"user {wrote[key]}" if key in wrote else f"b{key}", f"00{key}") for key in range(1, ROWS + 1)
    ]
    assert [(row, right) for row, right in zip(rows, wanted, strict=True) if row != right] == []
