"""Functions as requests see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from haulback.gateway.schema.model import Name, Parameter, Returned, Routine, Volatility
from haulback.gateway.schema.rows import FunctionRow

ISOLATION = "default_transaction_isolation"

_VOLATILITY = {"i": Volatility.IMMUTABLE, "s": Volatility.STABLE, "v": Volatility.VOLATILE}
_INPUTS = frozenset("ibv")
_ISOLATION_LEVELS = frozenset({"repeatable read", "serializable"})

# A cast to these cuts the value to one character without saying so.
_WITHOUT_LENGTH = {
    "bit": "bit varying",
    "bit[]": "bit varying[]",
    "character": "character varying",
    "character[]": "character varying[]",
}


def routines(rows: Iterable[FunctionRow], hoisted: frozenset[str]) -> dict[Name, tuple[Routine, ...]]:
    """Functions by name, the overloads of one by their number of parameters."""
    by_name: dict[Name, list[Routine]] = defaultdict(list)
    for row in rows:
        by_name[Name(row.schema, row.name)].append(routine(row, hoisted))
    return {name: tuple(sorted(several, key=_order)) for name, several in by_name.items()}


def routine(row: FunctionRow, hoisted: frozenset[str]) -> Routine:
    settings = parted(row.settings)
    return Routine(
        name=Name(row.schema, row.name),
        parameters=tuple(_parameters(row)),
        returns=Returned(
            type=Name(row.return_schema, row.return_type),
            is_set=row.returns_set,
            is_composite=row.returns_composite,
        ),
        volatility=_VOLATILITY[row.volatility],
        variadic=row.variadic,
        description=row.description,
        isolation=isolation(settings),
        settings=tuple((key, value) for key, value in settings if key in hoisted and key != ISOLATION),
        oid=row.oid,
    )


def parted(settings: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`name=value` as the catalogs keep it, taken apart."""
    return tuple((key, value) for key, _, value in (setting.partition("=") for setting in settings))


def isolation(settings: Iterable[tuple[str, str]]) -> str | None:
    """The isolation level that is set among others; a weaker one than PostgreSQL's default is that default."""
    level = dict(settings).get(ISOLATION)
    if level is None:
        return None
    return level.lower() if level.lower() in _ISOLATION_LEVELS else "read committed"


def _parameters(row: FunctionRow) -> Iterator[Parameter]:
    required = len(row.argument_types) - row.defaults
    for place, ((name, mode), type_) in enumerate(zip(_inputs(row), row.argument_types, strict=True)):
        yield Parameter(name, type_, _WITHOUT_LENGTH.get(type_, type_), place < required, mode == "v")


def _inputs(row: FunctionRow) -> list[tuple[str, str]]:
    """Name and mode of each input; outputs may stand between them."""
    modes = row.argument_modes or ["i"] * len(row.argument_types)
    names = row.argument_names or [""] * len(modes)
    return [(name, mode) for name, mode in zip(names, modes, strict=True) if mode in _INPUTS]


def _order(one: Routine) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    # The fewest parameters first; then as PostgREST has them, by comment and by parameters.
    return (len(one.parameters), one.description or "", tuple((each.name, each.type) for each in one.parameters))
