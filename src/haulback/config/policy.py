"""What each environment asks of a deployment, unless the configuration says otherwise."""

from __future__ import annotations

from haulback.model.target import Environment, Policy


def default_policy(environment: Environment) -> Policy:
    """Development warns, staging and production refuse; nothing unknown passes in production.

    `backup` is unknown until backups exist, so staging accepts that one; production has to say so itself.
    """
    match environment:
        case Environment.DEVELOPMENT:
            return Policy(
                unknown_blocks=False,
                warn_only=frozenset({"load", "disk", "backup", "history", "tls", "privileges"}),
                loss_blocks=False,
            )
        case Environment.STAGING:
            return Policy(unknown_blocks=False, warn_only=frozenset({"backup"}))
        case Environment.PRODUCTION:
            return Policy(unknown_blocks=True)
