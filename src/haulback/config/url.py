"""Takes a connection URL or keyword string apart, the password on its own."""

from __future__ import annotations

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from haulback.errors import UsageError


def parameters_of(text: str, named: str) -> tuple[dict[str, str], str | None]:
    """Returns libpq keywords without the password, and the password.

    Raises:
        UsageError: the text is no connection string; it is not repeated, since it may hold a secret.
    """
    try:
        parameters = {key: str(value) for key, value in conninfo_to_dict(text).items() if value is not None}
    except ProgrammingError:
        raise UsageError(
            problem=f"{named} is not a PostgreSQL connection string",
            hint="Write it as postgresql://user@host:port/database.",
        ) from None
    password = parameters.pop("password", None)
    return parameters, password
