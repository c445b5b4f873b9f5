"""Which statements may share a connection, by what was seen of them."""

from __future__ import annotations

from haulback.gateway.answer import Answer
from haulback.gateway.rest.compiled import Statement
from haulback.gateway.rest.keeping import Kept, Plans
from haulback.gateway.rest.planned import Planned, RequestShape
from haulback.gateway.rest.shape import Shape

READ = Planned(Statement("SELECT 1"), lambda *_: Answer(200), read_only=True)


def kept(planned: Planned = READ, *seconds: float) -> Kept:
    it = Kept(planned, b"", None)
    for each in seconds:
        it.pace.saw(each, shared=False)
    return it


def test_a_read_shares_once_it_is_known_to_be_short() -> None:
    assert [kept(READ, *[0.001] * runs).quick for runs in (0, 2, 3)] == [False, False, True]


def test_a_long_one_never_does() -> None:
    assert not kept(READ, *[0.004] * 50).quick


def test_a_busy_machine_does_not_make_a_short_one_long() -> None:
    assert kept(READ, 0.001, *[0.050] * 20).quick


def test_a_table_that_grew_is_noticed() -> None:
    assert not kept(READ, 0.001, *[0.050] * 200).quick


def test_one_that_held_up_others_goes_alone_for_a_while() -> None:
    it = kept(READ, *[0.001] * 10)
    it.pace.saw(0.5, shared=True)
    assert not it.quick
    for _ in range(64):
        it.pace.saw(0.001, shared=False)
    assert it.quick


def test_writes_and_calls_never_share() -> None:
    write = Planned(Statement("INSERT"), lambda *_: Answer(201))
    call = Planned(Statement("SELECT f()"), lambda *_: Answer(200), read_only=True, is_call=True)
    assert [kept(each, *[0.0001] * 10).quick for each in (write, call)] == [False, False]


def test_plans_are_made_once_and_the_oldest_are_dropped() -> None:
    plans, made = Plans(), []

    def ask(name: str) -> None:
        plans.of(RequestShape("GET", "public", name, False, Shape(())), lambda: made.append(name) or READ)  # noqa: FBT003

    for name in ("a", "b", "a"):
        ask(name)
    assert made == ["a", "b"]
    for number in range(2_000):
        ask(f"t{number}")
    ask("a")
    assert made.count("a") == 2
    plans.clear()
    ask("t1999")
    assert made.count("t1999") == 2
