"""A database we deploy to, and what its environment asks of a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from haulback.model.hazard import Level


class Environment(StrEnum):
    """What a target is for; sets the strictness of the default policy."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class Maintenance(StrEnum):
    """What maintenance means for a target."""

    OFF = "off"
    ANNOUNCE = "announce"
    ENFORCE = "enforce"


@dataclass(frozen=True)
class Policy:
    """What blocks a deployment to a target.

    Attributes:
        unknown_blocks: whether a check that could not be made refuses the deployment.
        accept_unknown: ids of checks that may be unknown all the same.
        warn_only: ids of checks whose failure is told but does not refuse.
        rehearse: whether the plan must have been rehearsed.
        loss_blocks: whether a statement that destroys rows without a capture refuses the deployment.
        hazards: level by id of hazard on this target, over the project's.
    """

    unknown_blocks: bool
    accept_unknown: frozenset[str] = frozenset()
    warn_only: frozenset[str] = frozenset()
    rehearse: bool = True
    loss_blocks: bool = True
    hazards: Mapping[str, Level] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """One database with its environment, connection and API address.

    Attributes:
        parameters: libpq keywords without the password.
        password: from the environment, a file or `.pgpass`; never shown.
        embedded: whether Haulback starts the server itself.
        api_url: of its API, with or without `/rest/v1`; None where it has none.
        service_role_key, user_jwt: tokens that verification calls the API with, where its secret is not known.
        anon_key: what a hosted API wants with every request.
        approvals: roles of which each must have approved a plan, in the target's own words.
        approvers: database login to role.
        staging: name of the target on which the same plan must have been deployed first.
        project_ref: of a hosted Supabase project, where the address does not tell it.
        disk_size: bytes that the server may fill, where nobody else tells; None where nobody said.
        archive: folder that its WAL is archived in; an embedded one has its own.
        receive: whether its WAL is streamed there too: `off`, `on` or `synchronous`.
        heartbeat: seconds between two heartbeats; 0 for none.
    """

    name: str
    environment: Environment
    parameters: Mapping[str, str]
    policy: Policy
    password: str | None = field(default=None, repr=False)
    embedded: bool = False
    api_url: str | None = None
    service_role_key: str | None = field(default=None, repr=False)
    user_jwt: str | None = field(default=None, repr=False)
    anon_key: str | None = field(default=None, repr=False)
    maintenance: Maintenance = Maintenance.ANNOUNCE
    approvals: tuple[str, ...] = ()
    approvers: Mapping[str, str] = field(default_factory=dict)
    staging: str | None = None
    project_ref: str | None = None
    disk_size: int | None = None
    archive: str | None = None
    receive: str = "off"
    heartbeat: float = 0.0
