"""Which object of a schema is which one of a later schema, whatever it is called by then. Pure.

The catalogs keep an object at one address from its making to its end: renaming it, or moving it to another schema,
leaves it there. Addresses only mean something within one database, so they count only where both schemas say that
they are of the same one; elsewhere the names decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from haulback.model.schema import Address, ObjectKey, Schema, SchemaObject

# What is dropped and made again under the same name lost its values; anything else is altered to what it was.
_ROWS = frozenset({"table", "column"})
# Several share an address, or they are of the whole cluster: these are who their name says.
_BY_NAME = frozenset({"setting", "database", "role", "membership", "default_privileges"})
_NOWHERE = 0  # a catalog that does not exist


def survivors(before: Schema, now: Schema) -> dict[ObjectKey, ObjectKey]:
    """Returns what the objects of `before` that are still there are called now, by what they were called."""
    if not before.origin or before.origin != now.origin:
        return {key: key for key in before.objects if key in now.objects}
    there = {address: key for key, address in now.addresses.items() if key.kind not in _BY_NAME}
    found: dict[ObjectKey, ObjectKey] = {}
    for key in before.objects:
        place = before.addresses.get(key)
        other = there.get(place) if place else None
        if other is not None and other.kind == key.kind:
            found[key] = other
    taken = set(found.values())
    # Parents before children, so that what is made anew in a table that is another counts as another, too.
    left = [key for key in before.objects if key not in found and key in now.objects and key not in taken]
    for key in sorted(left, key=lambda one: _depth(before, one)):
        if _is_again(before, now, key, found):
            found[key] = key
    return found


def created(before: Schema, now: Schema) -> dict[ObjectKey, SchemaObject]:
    """Returns what is there now and is no survivor of `before`."""
    known = set(survivors(before, now).values())
    return {key: one for key, one in now.objects.items() if key not in known}


def transposed(after: Schema, before: Schema, onto: Schema) -> Schema:
    """Returns `after` with the addresses that it would have, had the same happened to `onto`.

    Args:
        after: what the change led to.
        before: what it began with, read from the same database as `after`.
        onto: a schema like `before`, read elsewhere.
    """
    if not onto.origin or not before.origin or before.origin != after.origin:
        return replace(after, addresses={}, origin="")
    was = {address: key for key, address in before.addresses.items()}
    addresses: dict[ObjectKey, Address] = {}
    for number, (key, address) in enumerate(sorted(after.addresses.items())):
        there = onto.addresses.get(was[address]) if address in was else (_NOWHERE, number, 0)
        if there is not None:
            addresses[key] = there
    return replace(after, addresses=addresses, origin=onto.origin)


def _is_again(before: Schema, now: Schema, key: ObjectKey, found: Mapping[ObjectKey, ObjectKey]) -> bool:
    """Whether an object of the same name counts as the same, though it is kept elsewhere."""
    if key.kind in _ROWS and key in before.addresses and key in now.addresses:
        return False
    parent = before.objects[key].parent
    return parent is None or found.get(parent) == now.objects[key].parent


def _depth(schema: Schema, key: ObjectKey) -> int:
    depth, parent = 0, schema.objects[key].parent
    while parent is not None and parent in schema.objects:
        depth, parent = depth + 1, schema.objects[parent].parent
    return depth
