"""Rows whose primary key is changed while batches run: none is passed by."""

from __future__ import annotations

import threading

from rewrite_scene import known, run, safe

ROWS = 20_000


def test_rows_that_move_behind_the_batches_get_their_value(database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "create table public.orders (id int primary key);"
            f" insert into public.orders select generate_series(1, {ROWS})"
        )
        found = safe("alter table orders add column token uuid default gen_random_uuid() not null", known(connection))
        moved, over = threading.Event(), threading.Event()
        mover = threading.Thread(target=_move, args=(database, moved, over))
        mover.start()
        try:
            moved.wait()
            run(connection, found.text)
        finally:
            over.set()
            mover.join()
        assert connection.execute("select count(*) from orders where token is null").fetchone() == (0,)
        assert connection.execute("select count(*) > 0 from orders where id < 0").fetchone() == (True,)


def _move(database, moved: threading.Event, over: threading.Event) -> None:
    with database.connect(autocommit=True) as connection:
        for number in range(ROWS, 0, -1):
            if over.is_set():
                return
            connection.execute("update public.orders set id = -id where id = %s", [number])
            moved.set()
