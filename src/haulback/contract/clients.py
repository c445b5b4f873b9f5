"""The file that says what known versions of clients need: tables, columns, functions, types of events."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from haulback.errors import UsageError
from haulback.model.contract import ROLES, Verb

_CALL = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<arguments>[^()]*)\))?")


class ClientsUnreadable(UsageError):
    template = "{file} does not say what clients need: {problem}"
    hint_template = "See docs/contract.md for how it is written."


@dataclass(frozen=True, slots=True)
class Called:
    """A function that is called with these arguments, and perhaps with others; None where nothing is said of them."""

    name: str
    arguments: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Client:
    """One version of a client.

    Attributes:
        name: such as `ios 3.2`.
        role: that it comes as.
        tables: by name with or without its schema, the columns that each verb is used with.
        events: types of engagement_events that it writes.
    """

    name: str
    role: str
    tables: Mapping[str, Mapping[Verb, tuple[str, ...]]]
    functions: tuple[Called, ...]
    events: tuple[str, ...]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: str = "authenticated"
    tables: dict[str, dict[Verb, tuple[str, ...]]] = {}
    functions: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    client: dict[str, _Entry] = {}


def load(file: Path) -> tuple[Client, ...]:
    """The clients of a file; none where there is no such file.

    Raises:
        ClientsUnreadable: it is not written as it should be.
    """
    try:
        found = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8-sig")), type=_File)
    except FileNotFoundError:
        return ()
    except OSError as failure:
        raise ClientsUnreadable(file=file, problem=failure.strerror or str(failure)) from failure
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as failure:
        raise ClientsUnreadable(file=file, problem=str(failure)) from failure
    return tuple(_client(name, entry, file) for name, entry in found.client.items())


def _client(name: str, entry: _Entry, file: Path) -> Client:
    if entry.role not in ROLES:
        raise ClientsUnreadable(
            file=file, problem=f"{name} has the role {entry.role}, and not one of {', '.join(ROLES)}"
        )
    return Client(name, entry.role, entry.tables, tuple(_called(one, file) for one in entry.functions), entry.events)


def _called(text: str, file: Path) -> Called:
    found = _CALL.fullmatch(text.strip())
    if found is None:
        raise ClientsUnreadable(file=file, problem=f"{text!r} is no call such as track(name, value)")
    listed = found["arguments"]
    return Called(found["name"], None if listed is None else frozenset(filter(None, map(str.strip, listed.split(",")))))
