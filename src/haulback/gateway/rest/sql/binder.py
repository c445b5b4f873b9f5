"""Numbers the parameters of one statement."""

from __future__ import annotations

from collections.abc import Callable

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.compiled import Bind, Constant, FromPair
from haulback.gateway.rest.query.tree import Value

# The protocol counts parameters in 16 bits.
_MOST = 65535


class Binder:
    """What a statement is given, in the order of its placeholders.

    The value of a pair keeps its number: where it stands twice, in a count beside the rows, it has the same type.
    """

    __slots__ = ("_binds", "_of_pairs")

    def __init__(self) -> None:
        self._binds: list[Bind] = []
        self._of_pairs: dict[FromPair, str] = {}

    @property
    def binds(self) -> tuple[Bind, ...]:
        return tuple(self._binds)

    def add(self, bind: Bind) -> str:
        """Returns the placeholder."""
        if isinstance(bind, FromPair) and bind in self._of_pairs:
            return self._of_pairs[bind]
        if len(self._binds) == _MOST:
            raise Refusal(400, "PGRST100", "the request has more values than PostgreSQL takes")
        self._binds.append(bind)
        placeholder = f"${len(self._binds)}"
        if isinstance(bind, FromPair):
            self._of_pairs[bind] = placeholder
        return placeholder

    def value(self, value: Value, into: Callable[[str], str] | None = None) -> str:
        """The placeholder of a value of the query, which goes through `into` first."""
        if isinstance(value, str):
            return self.add(Constant(into(value) if into else value))
        return self.add(FromPair(value.pair, into))
