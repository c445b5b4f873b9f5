"""GraphQL shows a table's name and columns to whoever has the public key."""

from __future__ import annotations

from haulback.advice.here import extension, role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="pg_graphql_anon_table_exposed",
    title="Public Can See Object in GraphQL Schema",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="pg_graphql tells names and columns of what anon may read to whoever has the public key.",
    detail="GraphQL shows {type} {table} to whoever has the public key: anon may read it",
    remediation="revoke select on {table} from anon; -- where it is not meant to be known",
    key="pg_graphql_anon_table_exposed_{schema}_{name}",
    needs=(extension("pg_graphql"), role("anon")),
)
