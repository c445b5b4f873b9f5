"""Secrets come from the environment or from files that it names; never from flags or the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from haulback.config.errors import SecretFileUnreadable


def secret(environment: Mapping[str, str], *names: str) -> str | None:
    """The first of the variables that is set, or the content of the file that NAME_FILE names.

    Raises:
        SecretFileUnreadable: a named file cannot be read.
    """
    for name in names:
        if value := environment.get(name):
            return value
        if file := environment.get(f"{name}_FILE"):
            return from_file(Path(file), f"{name}_FILE")
    return None


def from_file(file: Path, named_by: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretFileUnreadable(variable=named_by, file=file, reason=error.strerror) from error
    except UnicodeDecodeError:
        # Its text would show a byte of the secret.
        raise SecretFileUnreadable(variable=named_by, file=file, reason="it is not UTF-8") from None
