"""GraphQL shows a table's name and columns to whoever is signed in."""

from __future__ import annotations

from haulback.advice.here import extension, role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="pg_graphql_authenticated_table_exposed",
    title="Signed-In Users Can See Object in GraphQL Schema",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="pg_graphql tells names and columns of what authenticated may read to whoever is signed in.",
    detail="GraphQL shows {type} {table} to whoever is signed in: authenticated may read it",
    remediation="revoke select on {table} from authenticated; -- where it is not meant to be known",
    key="pg_graphql_authenticated_table_exposed_{schema}_{name}",
    needs=(extension("pg_graphql"), role("authenticated")),
)
