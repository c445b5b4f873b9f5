"""Which columns are compared, and by which key: pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haulback.backups.errors import KeyChanged, NoKeyToCompareBy
from haulback.backups.shape import retyped, shape
from haulback.backups.table import Table
from haulback.model.backup import CopiedColumn, TableContent

ID, NOTE, AMOUNT = CopiedColumn("id", "integer"), CopiedColumn("note", "text"), CopiedColumn("amount", "numeric")
THEN = TableContent("public.t", (ID, NOTE, AMOUNT), ("id",), 0, "", 0, "", (), "")
NOW = Table("public", "t", "public.t", partitioned=False, columns=(ID, NOTE, AMOUNT), key=("id",), about=0)


def test_the_same_columns_in_another_order_are_read_in_that_of_the_backup():
    found = shape(THEN, replace(NOW, columns=(AMOUNT, ID, NOTE)))

    assert (found.columns, found.places, found.only_backup) == (("id", "note", "amount"), (), ())
    assert found.alike(b"1\ta\t2\n") == b"1\ta\t2\n"


def test_a_column_that_went_is_left_out_of_the_rows_of_the_backup():
    found = shape(THEN, replace(NOW, columns=(AMOUNT, ID)))

    assert (found.columns, found.only_backup) == (("id", "amount"), ("note",))
    assert found.alike(b"1\ta\t2\n") == b"1\t2\n"


def test_the_sidecar_serves_where_only_the_table_gained_a_column():
    found = shape(THEN, replace(NOW, columns=(ID, NOTE, AMOUNT, CopiedColumn("new", "text"))))

    assert (found.places, found.only_table) == ((), ("new",))


@pytest.mark.parametrize("key", [("id",), ("note",), ("amount",), ("amount", "id")])
def test_a_key_is_found_on_both_sides_wherever_it_stands(key: tuple[str, ...]):
    found = shape(replace(THEN, key=key), replace(NOW, key=key, columns=(AMOUNT, ID, NOTE)))
    row = {"id": b"1", "note": b"a\\tb", "amount": b"\\N"}
    wanted = b"\t".join(row[name] for name in key)

    assert found.key_of_backup(b"1\ta\\tb\t\\N\n") == wanted
    assert found.key_of_table(b"1\ta\\tb\t\\N\n") == wanted


def test_a_table_of_one_column_is_its_key():
    found = shape(replace(THEN, columns=(ID,)), replace(NOW, columns=(ID,)))

    assert found.key_of_table(b"7\n") == b"7"


@pytest.mark.parametrize(("then", "now"), [((), ("id",)), (("id",), ()), ((), ())])
def test_without_a_key_nothing_is_compared(then: tuple[str, ...], now: tuple[str, ...]):
    with pytest.raises(NoKeyToCompareBy):
        shape(replace(THEN, key=then), replace(NOW, key=now))


def test_another_key_is_refused():
    with pytest.raises(KeyChanged):
        shape(THEN, replace(NOW, key=("id", "note")))


def test_columns_of_another_type():
    assert retyped(THEN, replace(NOW, columns=(ID, CopiedColumn("note", "json")))) == {"note": "json"}
    assert retyped(THEN, NOW) == {}
