"""How differences are made and told."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.hazards.names import dotted
from haulback.hazards.wording import listed as _listed
from haulback.model.contract import Concerns, Difference, Severity


def difference(
    kind: str,
    severity: Severity,
    concerns: Concerns,
    path: tuple[str, ...],
    told: str,
    roles: Iterable[str] = (),
) -> Difference:
    return Difference(kind, severity, concerns, path, told, tuple(roles))


def gone(kind: str, path: tuple[str, ...], told: str, roles: Iterable[str] = ()) -> Difference:
    """What is asked for by name and is not there any more: requests fail."""
    return difference(kind, Severity.BREAKING, Concerns.REQUESTS, path, told, roles)


def changed(kind: str, path: tuple[str, ...], told: str, roles: Iterable[str] = ()) -> Difference:
    """What comes back is not what was promised."""
    return difference(kind, Severity.BREAKING, Concerns.RESPONSES, path, told, roles)


def added(kind: str, path: tuple[str, ...], told: str, roles: Iterable[str] = ()) -> Difference:
    return difference(kind, Severity.COMPATIBLE, Concerns.REQUESTS, path, told, roles)


def listed(words: Iterable[str]) -> str:
    """`anon, authenticated and service_role`."""
    return _listed(list(words))


def named(path: tuple[str, ...]) -> str:
    return dotted(*path)
