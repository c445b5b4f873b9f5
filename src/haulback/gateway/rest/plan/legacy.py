"""Embeds that have an alias and are called by the name of their table all the same."""

from __future__ import annotations

from haulback.gateway.rest.plan.draft import drafted
from haulback.gateway.rest.plan.node import Root
from haulback.gateway.rest.query.tree import Query, SelectField, SelectRelation

_WARNING = (
    "Embedded resource was referenced by relation name even though it has an alias. "
    "This is deprecated and will stop working in a future release. "
    "Update {changes} in query string filters, orders or limits."
)


def legacy_warning(query: Query, name: str, root: Root) -> str | None:
    """What a client should change, as PostgREST's `Warning` says it; None where there is nothing."""
    if not _has_alias(query.select):
        return None
    found = [one for one in drafted(query, name, root).everything() if one.by_legacy_name]
    changes = ", ".join(f"`{one.name}` to `{one.shown_as}`" for one in found)
    return _WARNING.format(changes=changes) if found else None


def _has_alias(select: tuple[SelectField | SelectRelation, ...]) -> bool:
    return any(isinstance(one, SelectRelation) and (one.alias is not None or _has_alias(one.select)) for one in select)
