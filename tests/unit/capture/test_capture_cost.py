"""What captures cost follows from the sizes of tables, and is never told smaller than it can be shown to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.capture.cost import estimate, heap_bytes, index_bytes
from haulback.model.capture import CaptureKind, CapturePlan, PlannedCopy
from haulback.model.capture_cost import CaptureEstimate, ExpectedChanges, TableExtent, sized

MB = 1024**2
ORDERS = TableExtent(
    "public.orders", 1_000_000, 120 * MB, 0, ("id",), ("user_id",), {"id": 8, "user_id": 16, "note": 33, "at": 8}
)


def of(plan: CapturePlan, *tables: TableExtent, **more: object) -> CaptureEstimate:
    return estimate(plan, {one.identity: one for one in tables or (ORDERS,)}, **more)  # type: ignore[arg-type]


def copied(*columns: str, **more: object) -> CapturePlan:
    return CapturePlan((PlannedCopy("public.orders", columns, **more),))  # type: ignore[arg-type]


def test_nothing_costs_nothing() -> None:
    found = of(CapturePlan())
    assert (found.rows, found.disk, found.wal, found.seconds, found.locked, found.bound) == (0, 0, 0, 0.0, 0.0, False)


def test_a_whole_table_takes_its_rows_and_the_index_of_its_key() -> None:
    (one,) = of(copied()).costs
    assert one.kind is CaptureKind.COPIED_TABLE
    assert one.rows == 1_000_000
    # 24 + 65 bytes, aligned to 96, with 4 to point at them: 81 on a page of 8 kB. An entry takes 20 bytes.
    assert one.disk == heap_bytes(1_000_000, 65) + index_bytes(1_000_000, 8)
    assert heap_bytes(1_000_000, 65) == 12_346 * 8192
    assert index_bytes(1_000_000, 8) == (1 + 2_725 + 8) * 8192
    assert one.disk < one.wal < 1.3 * one.disk
    assert not one.bound


def test_columns_take_the_key_and_the_users_along() -> None:
    (one,) = of(copied("note")).costs
    assert one.kind is CaptureKind.COPIED_COLUMNS
    assert one.columns == ("note",)
    assert one.disk == heap_bytes(1_000_000, 8 + 16 + 33) + index_bytes(1_000_000, 8)


def test_what_a_change_of_type_makes_is_kept_as_well() -> None:
    (one,) = of(copied("note")).costs
    (retyped,) = of(copied("note", changed=("note",))).costs
    assert retyped.disk - one.disk == heap_bytes(1_000_000, 8 + 16 + 33)
    assert retyped.locked > one.locked


def test_a_table_that_moves_takes_no_disk_whatever_its_size() -> None:
    (one,) = of(CapturePlan(moves=("public.orders",))).costs
    assert one.kind is CaptureKind.MOVED_TABLE
    assert (one.rows, one.disk, one.wal, one.bound) == (1_000_000, 0, 0, False)
    assert one.seconds < of(copied()).costs[0].seconds
    assert of(CapturePlan(moves=("public.new",))).unmeasured == ("public.new",)


def test_an_emptied_table_is_kept_whole() -> None:
    (one,) = of(copied("note", emptied=True)).costs
    assert one.kind is CaptureKind.COPIED_TABLE
    assert one.disk == of(copied()).disk


def test_copying_a_large_table_takes_as_long_as_it_is_let() -> None:
    hurried, usual = (of(copied(), share=share).seconds for share in (1.0, 0.5))
    assert usual > 1.4 * hurried
    small = TableExtent("public.orders", 1_000, MB, 0, ("id",), (), {"id": 8})
    assert of(copied(), small, share=1.0).seconds == of(copied(), small, share=0.1).seconds


def test_where_no_row_may_be_read_the_table_is_the_most() -> None:
    hidden = TableExtent("public.orders", 1_000, MB, 2 * MB, ("id",))
    (one,) = of(copied("note"), hidden).costs
    assert one.bound
    assert one.disk > 3 * MB


def test_changed_rows_are_all_there_are_at_most() -> None:
    (one,) = of(CapturePlan(changes=("public.orders",))).costs
    assert one.kind is CaptureKind.CHANGED_ROWS
    assert one.rows == 1_000_000
    assert one.bound
    assert one.disk >= 2 * heap_bytes(1_000_000, 65) * 0.7


def test_what_the_planner_expects_is_no_bound() -> None:
    plan = CapturePlan(changes=("public.orders",))
    (update,) = of(plan, changed={"public.orders": ExpectedChanges(updated=5_000, width=4)}).costs
    (delete,) = of(plan, changed={"public.orders": ExpectedChanges(removed=5_000)}).costs
    (insert,) = of(plan, changed={"public.orders": ExpectedChanges(added=3_000_000)}).costs
    assert [one.bound for one in (update, delete, insert)] == [False] * 3
    assert [one.rows for one in (update, delete, insert)] == [5_000, 5_000, 3_000_000]
    assert update.disk < delete.disk
    (all_,) = of(plan, changed={"public.orders": ExpectedChanges(updated=9e9)}).costs
    assert all_.rows == 1_000_000


def test_totals() -> None:
    other = TableExtent("public.busy", 10, 8192, 0, ("id",), (), {"id": 4})
    plan = CapturePlan((PlannedCopy("public.orders"), PlannedCopy("public.gone")), ("public.busy",))
    found = of(plan, ORDERS, other)
    assert found.unmeasured == ("public.gone",)
    assert found.rows == 1_000_010
    assert found.disk == sum(one.disk for one in found.costs)
    assert found.expected_disk == found.costs[0].disk
    assert found.locked == max(one.locked for one in found.costs)
    assert found.bound


@given(st.integers(0, 10**9), st.floats(0, 10**5), st.floats(0, 10**5))
def test_more_takes_more(rows: int, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert rows * small <= heap_bytes(rows, small) <= heap_bytes(rows, large)
    assert heap_bytes(rows, small) <= heap_bytes(rows + 1, small)
    assert index_bytes(rows, small % 1000) <= index_bytes(rows + 1, small % 1000)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (82 * MB, "82 MB"),
        (1500 * MB, "1.5 GB"),
        (10**16, "9095 TB"),
    ],
)
def test_sizes_for_a_person(size: int, text: str) -> None:
    assert sized(size) == text
