"""Which existing tables a plan touches, as far as its text tells: for checks that look ahead, not for safety."""

from __future__ import annotations

from haulback.model.migration import Plan

_TABLE_STATEMENTS = frozenset(
    {"alter table", "create index", "create trigger", "create policy", "drop", "truncate", "update", "delete", "insert"}
)


def relations_of(plan: Plan) -> tuple[str, ...]:
    """Quoted, schema-qualified names (`public` where none is written), sorted."""
    import postgast  # noqa: PLC0415 - 0.25 s to import: only commands that parse pay for it

    names: set[str] = set()
    for migration in plan.migrations:
        for statement in migration.script.statements:
            if statement.kind in _TABLE_STATEMENTS:
                names.update(postgast.extract_tables(postgast.parse(statement.text)))
    return tuple(sorted(qualified(name) for name in names))


def qualified(name: str) -> str:
    """`orders` -> `"public"."orders"`; `audit.log` -> `"audit"."log"`."""
    schema, _, table = name.rpartition(".")
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema or "public", table))
