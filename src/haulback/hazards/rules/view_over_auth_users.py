"""A view that shows the accounts to whoever reads the API."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api, expressions, views
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_PERSONAL = frozenset({"*", "email", "phone", "encrypted_password", "raw_user_meta_data", "raw_app_meta_data"})
_WHO_ASKS = frozenset({"auth.uid", "auth.jwt", "auth.role", "auth.email"})


def _find(reading: Reading) -> Iterator[Found]:
    for name, seen in [*views.lasting(reading), *views.materialized(reading)]:
        aliases = _aliases(seen.node.query) if "auth" in seen.text.lower() else frozenset()
        if not aliases or not api.is_open(reading, name):
            continue
        invoker = name in reading.declared.standing.invoker
        what = "fails for all but the server: nobody else may read auth.users" if invoker else "shows it to strangers"
        yield Found(
            seen,
            f"the view {name} reads auth.users, and {what}",
            subject=name,
            advice="Keep what others may see in a table of your own (public.profiles), with policies.",
            level=_level(seen, aliases, invoker=invoker),
        )


def _level(seen: Seen, aliases: frozenset[str], *, invoker: bool) -> Level:
    query = seen.node.query
    narrowed = any(expressions.called(call) in _WHO_ASKS for call in expressions.calls(query))
    return Level.BLOCK if not invoker and not narrowed and _shows(query, aliases) else Level.WARN


def _shows(query: Node, aliases: frozenset[str]) -> bool:
    """Whether it gives out columns that are nobody else's business."""
    alone = sum(1 for _ in expressions.relations(query)) == 1
    for select in _giving(query):
        for parts in expressions.columns(*(one for one in select.target_list if not _counts(one))):
            qualified = len(parts) > 1
            if parts[-1] in _PERSONAL and (parts[-2] in aliases if qualified else alone):
                return True
    return False


def _giving(query: Node) -> Iterator[Node]:
    """The selects whose columns come out of the query: not those of a condition."""
    select = expressions.bare(query)
    if select.DESCRIPTOR.name != "SelectStmt":
        return
    yield select
    for side in ("larg", "rarg"):
        if select.HasField(side):
            yield from _giving(getattr(select, side))
    for one in select.with_clause.ctes:
        yield from _giving(one.common_table_expr.ctequery)
    for node in expressions.within(*select.from_clause):
        if node.DESCRIPTOR.name == "RangeSubselect":
            yield from _giving(node.subquery)


def _counts(target: Node) -> bool:
    return any(expressions.called(call) == "count" for call in expressions.calls(target))


def _aliases(query: Node) -> frozenset[str]:
    """What the query calls auth.users; empty where it does not read it."""
    return frozenset(
        one.alias.aliasname or "users" for one in expressions.relations(query) if names.relation(one) == "auth.users"
    )


RULE = Rule("view-over-auth-users", "A view that the API serves reads auth.users", Family.EXPOSES, Level.BLOCK, _find)
