"""What CREATE VIEW says about rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.ending import ended
from haulback.hazards.facts.standing import is_on, options
from haulback.hazards.reading import Reading, Seen
from haulback.migrations import grammar

_OPEN = re.compile(r"\bwith\s*\(", re.IGNORECASE)
_AS = re.compile(r"\bas\b", re.IGNORECASE)


def lasting(reading: Reading) -> Iterator[tuple[str, Seen]]:
    """The views that this file has the last word on: name and statement; materialized and temporary ones left out."""
    standing = reading.declared.standing.views
    for seen in reading.of("view_stmt"):
        name = names.relation(seen.node.view)
        if standing.get(name) is seen and seen.node.view.relpersistence != "t":
            yield name, seen


def materialized(reading: Reading) -> Iterator[tuple[str, Seen]]:
    """The materialized views that this file has the last word on."""
    standing = reading.declared.standing.views
    for seen in reading.of("create_table_as_stmt"):
        if grammar.enum(seen.node, "objtype") == "OBJECT_MATVIEW":
            name = names.relation(seen.node.into.rel)
            if standing.get(name) is seen:
                yield name, seen


def with_invoker(seen: Seen) -> str:
    """The same view with the rights of whoever asks; empty where its text does not show where that belongs."""
    node = seen.node
    if options(node.options, "security_invoker"):
        return ""
    text = seen.text.encode()
    changed = _changed(text, node.view.location - seen.origin, with_options=bool(node.options))
    return ended(changed) if _is_invoker(changed) else ""


def _changed(text: bytes, place: int, *, with_options: bool) -> str:
    """The text with the option put behind the name that stands at a place."""
    head, tail = text[: max(place, 0)].decode(errors="replace"), text[max(place, 0) :].decode(errors="replace")
    begins = (_OPEN if with_options else _AS).search(tail)
    if begins is None:
        return ""
    before, after = tail[: begins.start()], tail[begins.end() :]
    if with_options:
        return f"{head}{before}with (security_invoker = true, {after.lstrip()}"
    return f"{head}{before}with (security_invoker = true) as{after}"


def _is_invoker(text: str) -> bool:
    try:
        (tree,) = grammar.parse(text)
    except Exception:  # noqa: BLE001 - the library's own error class is known only once it is loaded
        return False
    return tree.DESCRIPTOR.name == "ViewStmt" and any(is_on(one) for one in options(tree.options, "security_invoker"))
