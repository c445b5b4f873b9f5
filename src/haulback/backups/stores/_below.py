"""A part of another store: everything below one name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from haulback.backups.stores._store import Store, Stored


@dataclass(frozen=True)
class Below:
    """`store`, seen from `place`."""

    store: Store
    place: str

    @property
    def address(self) -> str:
        return f"{self.store.address.rstrip('/')}/{self.place}"

    @property
    def folder(self) -> Path | None:
        return self.store.folder / self.place if self.store.folder else None

    def files(self, prefix: str = "") -> Iterator[Stored]:
        for one in self.store.files(f"{self.place}/{prefix}"):
            yield Stored(one.name.removeprefix(f"{self.place}/"), one.size)

    def writing(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self.store.writing(f"{self.place}/{name}")

    def read(self, name: str, offset: int = 0, length: int = -1) -> bytes:
        return self.store.read(f"{self.place}/{name}", offset, length)

    def reading(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self.store.reading(f"{self.place}/{name}")

    def remove(self, prefix: str) -> None:
        self.store.remove(f"{self.place}/{prefix}")
