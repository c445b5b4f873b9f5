"""Use case: look at a target and its journal; changes nothing."""

from __future__ import annotations

from dataclasses import replace

import psycopg

from haulback.app.target import cluster, opened
from haulback.config.choosing import named
from haulback.errors import HaulbackError
from haulback.journal import lock
from haulback.journal.journal import Journal
from haulback.model.deployment import Deployment
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import Server, server, session
from haulback.report.subjects import ServerFacts, Situation


class NoSuchDeployment(HaulbackError):
    template = "there is no deployment {number} on {target}"
    hint_template = "`haulback log` lists them."


def situation(settings: Settings, name: str | None, most: int) -> Situation:
    """The target as it is now, with its newest deployments; a server that does not answer is told, not raised.

    Raises:
        UnknownTarget: there is no such target.
    """
    target = named(settings, name)
    now = Situation(target.name, target.environment.value, ServerFacts(embedded=target.embedded))
    try:
        found = opened(settings, name, start=False)
        with session(found, "haulback status") as connection:
            return _seen(replace(now, api=found.api_url), connection, most)
    except HaulbackError as failure:
        facts = replace(now.server, problem=failure.message, hint=failure.hint)
        return replace(now, server=_with_embedded(settings, target, facts))


def deployments(settings: Settings, name: str | None, most: int) -> tuple[Deployment, ...]:
    """The newest deployments; none where there is no journal yet."""
    with session(opened(settings, name, start=False), "haulback log") as connection:
        journal = Journal(connection)
        return journal.newest(most) if journal.installed else ()


def deployment(settings: Settings, name: str | None, number: int) -> Deployment:
    """One deployment with its entries.

    Raises:
        NoSuchDeployment: the journal has none of that number.
    """
    target = opened(settings, name, start=False)
    with session(target, "haulback log") as connection:
        journal = Journal(connection)
        found = journal.load(number) if journal.installed else None
    if found is None:
        raise NoSuchDeployment(number=number, target=target.name)
    return found


def _seen(now: Situation, connection: psycopg.Connection, most: int) -> Situation:
    facts = server(connection)
    journal = Journal(connection)
    installed = journal.installed
    holder = lock.holder(connection)
    return replace(
        now,
        server=replace(now.server, version=_version(facts), user=facts.user, database=facts.database),
        journal=installed,
        deployments=journal.newest(most) if installed else (),
        holder=str(holder) if holder else "",
    )


def _version(facts: Server) -> str:
    return f"{facts.major}.{facts.version % 10000}"


def _with_embedded(settings: Settings, target: Target, facts: ServerFacts) -> ServerFacts:
    """Says of an embedded server that it was never made, where that is so."""
    if target.embedded and not cluster(settings).status().made:
        return replace(facts, problem=f"{facts.problem}; it was never started here")
    return facts
