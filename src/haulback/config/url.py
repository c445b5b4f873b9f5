"""Takes a connection URL or keyword string apart, the password on its own."""

from __future__ import annotations

import importlib
import re

from haulback.errors import UsageError

SECRET_PARAMETERS = frozenset({"sslpassword", "oauth_client_secret"})

_LARGEST_PORT = 65535


def parameters_of(text: str, named: str) -> tuple[dict[str, str], str | None]:
    """Returns libpq keywords without the password, and the password.

    Raises:
        UsageError: the text is no connection string; it is not repeated, since it may hold a secret.
    """
    # 80 ms to load, and a lint, a help text or an embedded target needs none of it.
    psycopg, conninfo = importlib.import_module("psycopg"), importlib.import_module("psycopg.conninfo")
    try:
        parameters = {key: str(value) for key, value in conninfo.conninfo_to_dict(text).items() if value is not None}
    except psycopg.ProgrammingError as error:
        raise UsageError(
            problem=f"{named} is not a PostgreSQL connection string{_unknown_parameter(error)}",
            hint="Write it as postgresql://user@host:port/database.",
        ) from None
    password = parameters.pop("password", None)
    if "@" in parameters.get("host", ""):
        # libpq ends the password at the first @, so the rest of it would be shown as a host.
        raise UsageError(
            problem=f"{named} holds a character that ends the password early",
            hint="Write @ : / ? # and % in a password as %40 %3A %2F %3F %23 and %25, or give it in DB_PASSWORD.",
        )
    require_port(parameters, named)
    return parameters, password


def require_port(parameters: dict[str, str], named: str) -> None:
    """Raises UsageError unless every port is one."""
    for port in filter(None, parameters.get("port", "").split(",")):
        if not (port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT):
            # Not repeated: behind a raw / in a password, libpq takes the password for the port.
            raise UsageError(problem=f"the port in {named} is no port", hint="Write a number from 1 to 65535.")


def _unknown_parameter(error: Exception) -> str:
    """Other tools put settings of their own into the URL, such as ?pgbouncer=true; those names are no secret."""
    found = re.search(r'invalid (?:URI query parameter|connection option): ?"(\w+)"', str(error))
    return f": libpq knows no parameter {found[1]}" if found else ""
