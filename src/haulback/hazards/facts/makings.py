"""Who made an object last: the statements of all files that make or drop it, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from haulback.hazards.reading import Seen
from haulback.migrations.grammar import Node


@dataclass
class Makings:
    """The statements that make objects of one kind, by name; a drop empties the list."""

    _steps: dict[str, list[tuple[Seen, Node | None]]] = field(default_factory=dict)

    def make(self, name: str, seen: Seen) -> None:
        self._steps.setdefault(name, []).append((seen, seen.node))

    def drop(self, name: str, seen: Seen) -> None:
        self._steps.setdefault(name, []).append((seen, None))

    def before(self, name: str, seen: Seen) -> list[Node] | None:
        """What was made and not dropped when a statement begins; None where the files tell nothing before it."""
        found: list[Node] | None = None
        for one, node in self._steps.get(name, ()):
            if one is seen:
                break
            found = [*(found or []), node] if node is not None else []
        return found
