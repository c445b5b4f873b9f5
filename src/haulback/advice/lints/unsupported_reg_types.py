"""A column's type keeps the server from being upgraded."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="unsupported_reg_types",
    title="Unsupported reg types",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="pg_upgrade refuses columns that hold the number of an object: it is another one on the new server.",
    detail="column {column} of table {table} has the type {type_name}, with which pg_upgrade refuses the database",
    remediation="alter table {table} alter column {quoted} type text; -- rewrites the table",
    key="unsupported_reg_types_{schema}_{name}_{column}",
)
