"""A worker that is silent for too long is taken for dead, and its members for gone."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.presence import Entry
from haulback.gateway.realtime.serializers import Sent
from haulback.gateway.realtime.together import Together
from haulback.gateway.realtime.topics import Topics

ROOM = ("room", False)


class Wire:
    """Hands what one worker says to the others, if it is not cut."""

    def __init__(self, worker: str, workers: dict[str, Together]) -> None:
        self.worker = worker
        self.workers = workers
        self.cut = False
        self.hearing = True

    def send(self, message: bytes) -> None:
        for worker, other in self.workers.items():
            if worker != self.worker and not self.cut:
                other.heard(self.worker, message)

    def forget(self, worker: str) -> None:
        pass


def workers(names: str, steady: Callable[[], float]) -> tuple[dict[str, Together], dict[str, Topics], dict[str, Wire]]:
    together: dict[str, Together] = {}
    topics: dict[str, Topics] = {}
    wires: dict[str, Wire] = {}
    for name in names:
        wires[name] = Wire(name, together)
        together[name] = Together(wires[name], name, steady, lambda: None)  # type: ignore[arg-type]
        topics[name] = Topics(together[name], lambda _wanted: None, lambda: 0.0)
        together[name]._topics = topics[name]
    return together, topics, wires


def holders(topics: Topics) -> set[str]:
    return {entry.holder for entry in topics.present(ROOM).entries()}


def test_what_a_dead_worker_held_is_gone_after_its_time_and_back_with_it() -> None:
    now = 0.0
    together, topics, wires = workers("abc", lambda: now)
    for worker in "abc":
        topics[worker].track(ROOM, Entry(f"{worker}.1", worker, "r", b"{}"))
    assert holders(topics["a"]) == {"a.1", "b.1", "c.1"}
    wires["b"].cut = True
    for _ in range(7):
        now += 5.0
        for worker in "abc":
            together[worker].beat(others=True)
    assert holders(topics["a"]) == holders(topics["c"]) == {"a.1", "c.1"}
    wires["b"].cut = False
    together["a"].missed()  # as the bus says when numbers are missing
    assert holders(topics["a"]) == {"a.1", "b.1", "c.1"}


def test_what_a_member_says_of_itself_is_the_same_everywhere() -> None:
    _together, topics, _wires = workers("ab", lambda: 0.0)
    said = b'{"large":18446744073709551616,"deep":%b}' % (b"[" * 5000 + b"]" * 5000)
    topics["a"].track(ROOM, Entry("a.1", "ada", "r", said))
    assert topics["b"].present(ROOM).text() == topics["a"].present(ROOM).text()


def test_nobody_speaks_for_the_members_of_another_worker() -> None:
    together, topics, _wires = workers("abc", lambda: 0.0)
    topics["a"].track(ROOM, Entry("a.1", "ada", "r", b"{}"))
    together["b"].absent(ROOM, "a.1")
    together["b"].present(ROOM, Entry("a.2", "eve", "r", b"{}"))
    assert holders(topics["c"]) == {"a.1"}


@given(st.binary(max_size=60))
def test_what_is_no_message_is_nobodys(message: bytes) -> None:
    together, topics, _wires = workers("a", lambda: 0.0)
    together["a"].heard("b", message)
    assert holders(topics["a"]) == set()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.booleans()), max_size=30))
def test_all_workers_know_the_same(steps: list[tuple[str, int, bool]]) -> None:
    _together, topics, _wires = workers("ab", lambda: 0.0)
    expected: dict[str, str] = {}
    for number, (worker, member, here) in enumerate(steps):
        holder = f"{worker}.{member}"
        if here:
            topics[worker].track(ROOM, Entry(holder, "key", str(number), b"{}"))
            expected[holder] = str(number)
        else:
            topics[worker].untrack(ROOM, holder)
            expected.pop(holder, None)
    for one in topics.values():
        assert {entry.holder: entry.ref for entry in one.present(ROOM).entries()} == expected


def test_a_broadcast_is_not_sent_back() -> None:
    said: list[str] = []
    together, topics, _wires = workers("ab", lambda: 0.0)
    topics["a"].deliver = lambda *_args, **_more: said.append("a")  # type: ignore[method-assign]
    topics["b"].deliver = lambda *_args, **_more: said.append("b")  # type: ignore[method-assign]
    together["a"].broadcast(ROOM, Sent("x", b"{}"))
    assert said == ["b"]


def test_a_worker_that_has_heard_of_no_other_keeps_broadcasts_to_itself_after_a_while() -> None:
    now = 0.0
    together, topics, wires = workers("ab", lambda: now)
    said: list[bytes] = []
    wires["a"].send = said.append  # type: ignore[method-assign]
    together["a"]._sure = 10.0
    topics["a"].broadcast(ROOM, Sent("x", b"{}"))
    now = 11.0
    topics["a"].broadcast(ROOM, Sent("x", b"{}"))
    assert len(said) == 1
    wires["a"].hearing = False
    topics["a"].broadcast(ROOM, Sent("x", b"{}"))
    wires["a"].hearing = True
    assert len(said) == 2
    together["b"].beat(others=True)
    topics["a"].broadcast(ROOM, Sent("x", b"{}"))
    assert len(said) == 4  # it asked the other, and told it


def test_who_comes_late_learns_of_all_however_much_they_say_of_themselves() -> None:
    wires: dict[str, Together] = {}
    lengths: list[int] = []

    class Counted(Wire):
        def send(self, message: bytes) -> None:
            lengths.append(len(message))
            super().send(message)

    topics: dict[str, Topics] = {}
    for name in "ab":
        wires[name] = Together(Counted(name, wires), name, lambda: 0.0, lambda: None)  # type: ignore[arg-type]
        topics[name] = Topics(wires[name], lambda _wanted: None, lambda: 0.0)
    wires["a"]._topics = topics["a"]
    said = b'{"about":"%b"}' % (b"x" * 3_000_000)
    for number in range(6):
        topics["a"].track(ROOM, Entry(f"a.{number}", str(number), "r", said))
    wires["b"]._topics = topics["b"]  # it was not there before
    lengths.clear()
    wires["a"].heard("b", msgspec.msgpack.encode(["w", "ask"]))
    assert holders(topics["b"]) == {f"a.{number}" for number in range(6)}
    assert max(lengths) < 4_000_000
