"""Reads the table `[api.graphql]`."""

from __future__ import annotations

from haulback.config.reading import Table
from haulback.model.graphql import GraphQLSettings


def read_graphql(table: Table) -> GraphQLSettings:
    """How GraphQL is served.

    Raises:
        WrongSetting: as everywhere.
    """
    default = GraphQLSettings()
    return GraphQLSettings(
        serve=table.flag("serve", default=default.serve),
        body=table.size("body") or default.body,
        text=table.size("text") or default.text,
        tokens=table.whole("tokens", default.tokens),
        depth=table.whole("depth", default.depth),
        fields=table.whole("fields", default.fields),
        queries=table.whole("queries", default.queries),
        rows=table.whole("rows", default.rows),
    )
