"""Use case: what is wrong with a target as it is; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from haulback.advice import running, sifting
from haulback.advice.here import Here
from haulback.advice.lint import LintContext
from haulback.advice.running import AdviceLint
from haulback.app.target import opened
from haulback.errors import UsageError
from haulback.model.advice import AdviceLevel, AdviceReport, Category
from haulback.model.settings import Settings
from haulback.pg.session import session


@dataclass(frozen=True)
class Request:
    """What the caller asks of the advice.

    Attributes:
        target: None for the default one.
        only: names of lints; empty for all.
        ignore: cache keys, besides the configured ones.
        level: the lowest that is asked for.
        category: None for both.
    """

    target: str | None = None
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    level: AdviceLevel = AdviceLevel.INFO
    category: Category | None = None


def report(settings: Settings, request: Request) -> AdviceReport:
    """Looks at the target.

    Raises:
        UsageError: a lint is named that there is not.
        UnknownTarget, EmbeddedDown, ConnectionFailed: the target cannot be asked.
    """
    chosen = _chosen(request)
    where = opened(settings, request.target, start=False)
    with session(where, "haulback advise") as connection:
        here = running.look_around(connection)
        exposed = tuple(dict.fromkeys((*settings.exposed, *here.served)))
        answers = running.run(LintContext(connection, here, exposed), chosen)
    keys = (*settings.advice_ignore, *request.ignore)
    findings, ignored = sifting.sifted(answers, keys)
    return AdviceReport(
        target=where.name,
        exposed=exposed,
        answers=answers,
        findings=findings,
        ignored=ignored,
        unmatched=sifting.unmatched(answers, keys, running.lints()),
        notes=_notes(exposed, here),
    )


def _chosen(request: Request) -> Iterable[AdviceLint]:
    known = running.lints()
    if strange := sorted(set(request.only) - known.keys()):
        raise UsageError(
            problem=f"there is no lint {', '.join(strange)}",
            hint=f"The lints are {', '.join(known)}.",
        )
    return [
        one
        for one in known.values()
        if (not request.only or one.id in request.only)
        and one.level.rank >= request.level.rank
        and (request.category is None or request.category in one.categories)
    ]


def _notes(exposed: tuple[str, ...], here: Here) -> tuple[str, ...]:
    missing = [one for one in exposed if one not in here.schemas]
    return tuple(f"the exposed schema {one} does not exist on the target" for one in missing)
