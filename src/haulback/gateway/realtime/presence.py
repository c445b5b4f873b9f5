"""Who is there in one channel: entries of members here and on other workers, and how they change."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

_encode = msgspec.json.encode
_sorted = msgspec.json.Encoder(order="deterministic").encode
Metas = dict[str, dict[str, list[msgspec.Raw]]]
Said = Mapping[str, msgspec.Raw]
_BESIDE = 100  # bytes of an entry beside its key and what is said
_REF, _PREVIOUS = "phx_ref", "phx_ref_prev"  # which clients get beside what is said


@dataclass(frozen=True, slots=True)
class Entry:
    """One member that is present.

    Attributes:
        holder: of the member, the same on every worker.
        key: that it is present under; several may share it.
        ref: new with every change of it.
        payload: what it says of itself: JSON text of an object, which can be said again at any depth and with any
            number, and takes no more room than it is counted with; by names it would take 150 bytes for each of them.
        previous: the ref before, or None.
    """

    holder: str
    key: str
    ref: str
    payload: bytes
    previous: str | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return _BESIDE + len(_encode(self.key)) + len(self.payload)

    def meta(self) -> msgspec.Raw:
        """As clients get it."""
        refs = _encode({_REF: self.ref} if self.previous is None else {_REF: self.ref, _PREVIOUS: self.previous})
        return msgspec.Raw(refs if self.payload == b"{}" else b"%b,%b" % (self.payload[:-1], refs[1:]))


@dataclass(frozen=True, slots=True)
class Diff:
    """What has changed; nothing where both are empty."""

    joins: tuple[Entry, ...] = ()
    leaves: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.joins or self.leaves)

    def text(self) -> bytes:
        """JSON text as clients get it."""
        return _encode({"joins": _grouped(self.joins), "leaves": _grouped(self.leaves)})


class Present:
    """The entries of one channel by their holder.

    Attributes:
        size: bytes that all of them take, about.
    """

    __slots__ = ("_by_holder", "size")

    def __init__(self) -> None:
        self._by_holder: dict[str, Entry] = {}
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._by_holder)

    def of(self, holder: str) -> Entry | None:
        return self._by_holder.get(holder)

    def size_with(self, entry: Entry) -> int:
        """The size with an entry in place of the holder's one before."""
        before = self._by_holder.get(entry.holder)
        return self.size + entry.size - (0 if before is None else before.size)

    def put(self, entry: Entry) -> Diff:
        """Takes an entry in place of the holder's one before."""
        before = self._by_holder.get(entry.holder)
        if before == entry:
            return Diff()
        self.size = self.size_with(entry)
        self._by_holder[entry.holder] = entry
        return Diff((entry,), () if before is None else (before,))

    def take(self, holder: str) -> Diff:
        """Takes a holder's entry away."""
        return self.take_all([holder])

    def take_all(self, holders: Iterable[str]) -> Diff:
        found = (self._by_holder.pop(holder, None) for holder in tuple(holders))
        gone = tuple(entry for entry in found if entry is not None)
        self.size -= sum(entry.size for entry in gone)
        return Diff((), gone)

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._by_holder.values())

    def text(self) -> bytes:
        """JSON text of all, as clients get it."""
        return _encode(_grouped(self._by_holder.values()))


def tracked(present: Present, holder: str, key: str, payload: Said) -> Entry | None:
    """The entry for what a member says of itself; None where it says nothing new."""
    before = present.of(holder)
    text = _sorted({name: said for name, said in payload.items() if name not in {_REF, _PREVIOUS}})
    if before is not None and before.payload == text:
        return None
    return Entry(holder, key, secrets.token_urlsafe(9), text, None if before is None else before.ref)


def _grouped(entries: Iterable[Entry]) -> Metas:
    by_key: Metas = {}
    for entry in entries:
        by_key.setdefault(entry.key, {"metas": []})["metas"].append(entry.meta())
    return by_key
