"""Finds the store that an address names."""

from __future__ import annotations

from haulback import registry
from haulback.backups.errors import UnknownStore
from haulback.backups.stores._store import Store


def opened(address: str) -> Store:
    """The store of an address such as `/var/backups/haulback` or `s3://bucket/prefix`.

    Raises:
        UnknownStore: nothing here speaks its scheme.
    """
    scheme, separator, _ = address.partition("://")
    kinds = registry.find("haulback.backups.stores", "stores", "STORE")
    kind = kinds.get(scheme if separator else "file")
    if kind is None:
        raise UnknownStore(address=address, known=", ".join(sorted(kinds)))
    store: Store = kind.opened(address)
    return store
