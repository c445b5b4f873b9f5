"""GROUP BY: whatever a select with aggregates takes that is none."""

from __future__ import annotations

from haulback.gateway.quoting import quoted
from haulback.gateway.rest.plan.node import Link, Node, Selected
from haulback.gateway.rest.sql import names
from haulback.gateway.rest.sql.expressions import column
from haulback.gateway.schema.model import Name


def group_by(node: Node, of: Name) -> str:
    """Empty where nothing is aggregated."""
    links = [embed.link for embed in node.embeds if embed.link is not None]
    if not any(one.aggregate for one in node.select) and not any(map(_aggregates, links)):
        return ""
    terms = [_term(one, of) for one in node.select if one.aggregate is None]
    for link in links:
        terms += _terms_of_embed(link)
    return f" GROUP BY {', '.join(terms)}" if terms else ""


def _aggregates(link: Link) -> bool:
    return link.spread is not None and any(one.aggregate for one in link.spread.columns)


def _term(one: Selected, of: Name) -> str:
    return column(of, one.column) if one.alias is None else quoted(one.alias)


def _terms_of_embed(link: Link) -> list[str]:
    if link.spread is None:
        return [quoted(link.name)]
    of = Name("", link.aggregate_alias)
    return [names.column(of, one.alias or one.name) for one in link.spread.columns if one.aggregate is None]
