"""haulback token."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from haulback.app import serving_api
from haulback.cli import options
from haulback.cli.terminal import result

_EXAMPLES = """\b
Examples:
  haulback token --role anon             the key that an app ships with
  haulback token --role service_role     the key that a server keeps
  haulback token --user 6a1f4b8e-…       act as one user, for an hour
"""


@click.command(epilog=_EXAMPLES)
@options.common
@click.option("--user", type=click.UUID, help="Act as this user, in the role authenticated.")
@click.option("--role", help="Role of the token; authenticated where --user is given.")
@click.option("--expires-in", type=options.DURATION, help="How long it is good: 1h for users, ten years for keys.")
def command(
    target: str | None,
    as_json: bool,
    config: Path | None,
    user: UUID | None,
    role: str | None,
    expires_in: float | None,
) -> int:
    """Make a token for the API of a target whose secret is known."""
    if user is None and role is None:
        raise click.UsageError("say --user UUID or --role ROLE")
    claims: dict[str, object] = {"role": role or "authenticated"}
    if user is not None:
        claims |= {"sub": str(user), "aud": "authenticated"}
    lifetime = expires_in if expires_in is not None else 3600.0 if user is not None else None
    settings = options.settings(config)
    made = serving_api.token(settings, target, claims, **({} if lifetime is None else {"lifetime": lifetime}))
    if as_json:
        result({"ok": True, "exit": 0, "token": made}, "", as_json=True)
    else:
        click.echo(made)  # as it is: everywhere else a token is blotted out of what is said
    return 0
