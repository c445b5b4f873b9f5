"""Messages between workers go in pieces and come whole again, and what is missing shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.pieces import Heard, Joiner, Splitter

messages = st.lists(st.binary(max_size=20) | st.integers(0, 30_000).map(bytes), max_size=8)


@given(messages, messages)
def test_what_is_split_is_joined(ours: list[bytes], theirs: list[bytes]) -> None:
    joiner = Joiner()
    one, two = Splitter("one"), Splitter("two")
    pieces = [piece for message in ours for piece in one.split(message)]
    others = [piece for message in theirs for piece in two.split(message)]
    assert all(len(piece.encode()) < 8000 for piece in pieces + others)
    heard = []
    while pieces or others:  # those of two workers may come in between
        heard += [joiner.join(queue.pop(0)) for queue in (pieces, others) if queue]
    assert [each.message for each in heard if each and each.worker == "one" and each.message is not None] == ours
    assert [each.message for each in heard if each and each.worker == "two" and each.message is not None] == theirs
    assert not any(each and each.gap for each in heard)


@given(st.lists(st.integers(0, 30_000).map(bytes), min_size=2, max_size=6), st.data())
def test_a_piece_that_is_missing_shows_and_harms_no_message_but_its_own(sent: list[bytes], data: st.DataObject) -> None:
    splitter, joiner = Splitter("one"), Joiner()
    split = [splitter.split(message) for message in sent]
    pieces = [(at, piece) for at, of_one in enumerate(split) for piece in of_one]
    lost = data.draw(st.integers(1, len(pieces) - 1))  # of the first nobody can know
    heard = [joiner.join(piece) for number, (_, piece) in enumerate(pieces) if number != lost]
    whole = [each.message for each in heard if each and each.message is not None]
    assert whole == [message for at, message in enumerate(sent) if at != pieces[lost][0]]
    assert sum(1 for each in heard if each and each.gap) == (1 if lost < len(pieces) - 1 else 0)


def test_who_begins_to_listen_amid_a_message_hears_the_next() -> None:
    splitter, joiner = Splitter("one"), Joiner()
    pieces = splitter.split(bytes(30_000))[1:] + splitter.split(b"next")
    assert [each.message for each in map(joiner.join, pieces) if each and each.message is not None] == [b"next"]


@given(messages.filter(bool), st.data())
def test_what_is_said_again_is_heard_once(sent: list[bytes], data: st.DataObject) -> None:
    splitter, joiner = Splitter("one"), Joiner()
    pieces = [piece for message in sent for piece in splitter.split(message)]
    again = data.draw(st.integers(0, len(pieces) - 1))
    heard = [joiner.join(piece) for piece in pieces[: again + 1] + pieces[max(0, again - 5) :]]
    assert [each.message for each in heard if each and each.message is not None] == sent
    assert not any(each and each.gap for each in heard)


@given(st.text())
def test_what_is_no_piece_is_nobodys(text: str) -> None:
    heard = Joiner().join(text)
    assert heard is None or isinstance(heard, Heard)


def test_a_number_that_was_left_out_shows() -> None:
    splitter, joiner = Splitter("one"), Joiner()
    joiner.join(splitter.split(b"a")[0])
    splitter.skip()
    assert joiner.join(splitter.split(b"b")[0]) == Heard("one", b"b", gap=True)
