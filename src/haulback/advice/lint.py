"""The shape of a lint: its words, what it needs, and a query that returns the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from haulback.advice.here import API_ROLES, PLATFORM, Here, Need
from haulback.model.advice import Advice, AdviceLevel, Category, Facing, LintAnswer, Looked
from haulback.pg.queries import queries

_LISTED = 5  # of things that could not be looked at


@dataclass(frozen=True)
class LintContext:
    """What a lint may look at.

    Attributes:
        connection: a session of ours, in a bounded transaction that can only read.
        exposed: schemas that the API serves.
    """

    connection: psycopg.Connection
    here: Here
    exposed: tuple[str, ...] = ("public",)


@dataclass(frozen=True, slots=True)
class Lint:
    """A member of this room, bound to the name ADVICE in a file of its own.

    The query `findings` in the .sql file of the same name returns (metadata, told), two JSON objects; columns after
    these only order the rows. The objects' fields
    fill the templates; lists are joined by commas. A second query, `hidden`, may name what our role cannot look at:
    then the lint is unknown, whatever else it found.

    Attributes:
        id: with underscores; that of the Supabase advisor where there is one. File and page are named so.
        detail: template; lower-case, no full stop.
        remediation: template; a sentence, or SQL to run.
        key: template of the cache key.
        needs: without these, what the lint looks for cannot exist.
        keep: decides on facts what SQL cannot; None keeps all.
        ours: whether the advisors have no such lint.
        package: where the .sql file is.
    """

    id: str
    title: str
    level: AdviceLevel
    categories: tuple[Category, ...]
    description: str
    detail: str
    remediation: str
    key: str
    needs: tuple[Need, ...] = ()
    keep: Callable[[Mapping[str, Any]], bool] | None = None
    facing: Facing = Facing.EXTERNAL
    ours: bool = False
    package: str = "haulback.advice.lints"

    @property
    def prefix(self) -> str:
        """What every cache key of this lint begins with."""
        return self.key.partition("{")[0]

    def run(self, context: LintContext) -> LintAnswer:
        """Looks, and says what was found.

        Raises:
            psycopg.Error: the server did not answer.
        """
        for need in self.needs:
            if lacking := need(context.here):
                return self.answer(Looked.NOT_APPLICABLE, lacking)
        texts = queries(self.package, f"{self.id}.sql")
        parameters = {"exposed": list(context.exposed), "platform": list(PLATFORM), "roles": list(API_ROLES)}
        rows = context.connection.execute(texts["findings"], parameters).fetchall()
        facts = [(metadata, {**metadata, **told}) for metadata, told, *_ in rows]
        found = tuple(self._advice(metadata, told) for metadata, told in facts if not self.keep or self.keep(told))
        hidden = (
            [row[0] for row in context.connection.execute(texts["hidden"], parameters)] if "hidden" in texts else []
        )
        if hidden:
            return self.answer(Looked.UNKNOWN, _some(hidden), found)
        return self.answer(Looked.RAN, found=found)

    def answer(self, looked: Looked, reason: str = "", found: tuple[Advice, ...] = ()) -> LintAnswer:
        return LintAnswer(self.id, self.title, self.level, looked, reason, found)

    def _advice(self, metadata: Mapping[str, Any], told: Mapping[str, Any]) -> Advice:
        words = {key: ", ".join(map(str, one)) if isinstance(one, list) else one for key, one in told.items()}
        return Advice(
            name=self.id,
            title=self.title,
            level=self.level,
            facing=self.facing,
            categories=self.categories,
            description=self.description,
            detail=self.detail.format_map(words),
            remediation=self.remediation.format_map(words),
            metadata=metadata,
            cache_key=self.key.format_map(words),
        )


def _some(names: list[str]) -> str:
    rest = len(names) - _LISTED
    return "; ".join(names[:_LISTED]) + (f"; and {rest} more" if rest > 0 else "")
