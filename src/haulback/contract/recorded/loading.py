"""Recorded requests from a file, or from all files of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from haulback.contract.recorded import har, http_file, lines
from haulback.errors import UsageError
from haulback.model.requests import RecordedRequest

_Reader = Callable[[bytes, str], Iterator[RecordedRequest]]
_READERS: Mapping[str, _Reader] = {
    ".jsonl": lines.read,
    ".har": har.read,
    ".http": http_file.read,
    ".rest": http_file.read,
}


class RequestsUnreadable(UsageError):
    template = "the recorded requests cannot be read: {problem}"
    hint_template = "Give a file of `haulback serve --record`, a .har, or .http files; see docs/contract.md."


def load(place: Path) -> tuple[RecordedRequest, ...]:
    """Every request once, in the order of files and of each file; none where there is no such place.

    Raises:
        RequestsUnreadable: something there is not what its suffix says.
    """
    try:
        files = sorted(one for one in place.rglob("*") if one.suffix in _READERS) if place.is_dir() else [place]
        found = [one for file in files if file.exists() for one in _read(file, place)]
    except OSError as failure:
        raise RequestsUnreadable(problem=f"{place}: {failure.strerror or failure}") from failure
    return tuple({_identity(one): one for one in reversed(found)}.values())[::-1]


def _read(file: Path, place: Path) -> list[RecordedRequest]:
    name = str(file.relative_to(place)) if file != place else file.name
    try:
        return list(_READERS.get(file.suffix, lines.read)(file.read_bytes(), name))
    except ValueError as wrong:
        raise RequestsUnreadable(problem=wrong) from wrong


def _identity(one: RecordedRequest) -> bytes:
    return lines.written(one)
