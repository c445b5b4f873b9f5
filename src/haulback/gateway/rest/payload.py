"""A body as PostgreSQL will read it: looked at only as far as a plan depends on it, which is the names in it.

JSON goes to PostgreSQL as it came, whatever its size; CSV and forms become JSON here. Forms of a call keep every value
of a name in an array, because only the function says whether more than one counts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from haulback.gateway.answer import Refusal
from haulback.gateway.rest import media
from haulback.gateway.rest.compiled import ZERO_BYTE
from haulback.gateway.rest.shape import Shape

_Object = dict[str, msgspec.Raw]
_DECODER = msgspec.json.Decoder(list[_Object] | _Object)
_ANY_DECODER = msgspec.json.Decoder(msgspec.Raw)
_OBJECT_DECODER = msgspec.json.Decoder(_Object)
_ENCODE = msgspec.json.Encoder().encode
_SPACE = b" \t\r\n"
# A long array is looked at faster by what its first object is like, if that is an ordinary one.
_MANY = 4096
_NEAR = 8192
_TRIES = 32
_FEW = 128
_INVALID = "Empty or invalid json"
# Where none of these is, what stands between two quotes is the text itself, and no text has what JSON forbids in one.
_NOT_AS_IT_STANDS = re.compile(rb"[\x00-\x1f\\\x7f]")
# The module's limit of a field is 128 KiB, for all readers of the process at once; ours is that of the body.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True, slots=True)
class Payload:
    """A body and what a plan wants to know of it; its attributes are those of a RequestShape.

    Attributes:
        body: to be bound: JSON, or text or bytes as they came.
        keys: names in it, sorted; None where `columns=` says them.
        is_object: whether it is one object rather than an array.
        fields: of a small object whose values can be taken as they stand: each as it is written in the body.
    """

    body: bytes
    keys: tuple[str, ...] | None
    is_object: bool
    fields: Mapping[str, msgspec.Raw] | None = field(default=None, compare=False)


def looked_at(method: str, content_type: str, shape: Shape, body: bytes, *, is_call: bool) -> Payload:
    """What a body of POST, PATCH or PUT brings.

    Raises: Refusal PGRST102 where the body is not what its Content-Type says, or that type is not known.
    """
    kind = media.media_type(content_type).mime if content_type else media.JSON
    if 0 in body and kind != media.OCTETS:
        raise Refusal(400, "22021", ZERO_BYTE)
    match kind, is_call:
        case media.JSON, _:
            named = method != "PUT" and any(pair.key == "columns" for pair in shape.pairs)
            return _named(body) if named else _json(body, is_call=is_call, by_field=method == "POST" and not is_call)
        case media.CSV, _:
            return _csv(body)
        case media.FORM, _:
            return _form(body, is_call=is_call)
        case (("text/plain" | "text/xml"), True):
            return Payload(body, (), is_object=False)
        case media.OCTETS, True:
            return Payload(body, (), is_object=False)
    raise _bad(f"Content-Type not acceptable: {kind}")


def _named(body: bytes) -> Payload:
    """`columns=` says what is in it; nesting is measured all the same, PostgreSQL runs out of stack on it."""
    try:
        _ANY_DECODER.decode(body)
    except RecursionError:
        raise _bad(_INVALID) from None
    except msgspec.MsgspecError:
        pass  # PostgreSQL says better what is wrong with it
    return Payload(body, None, body.lstrip(_SPACE)[:1] == b"{")


def _json(body: bytes, *, is_call: bool, by_field: bool) -> Payload:
    if not body and is_call:
        return Payload(body, (), is_object=True)
    keys = _likely_keys(body) if len(body) > _MANY else None
    if keys is not None and _all_have(keys, body):
        return Payload(body, tuple(sorted(keys)), is_object=False)
    try:
        found = _DECODER.decode(body)
    except msgspec.ValidationError:
        return _other(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise _bad(_INVALID) from None
    if isinstance(found, dict):
        as_they_stand = by_field and len(body) <= _MANY and _NOT_AS_IT_STANDS.search(body) is None
        return Payload(body, tuple(sorted(found)), is_object=True, fields=found if as_they_stand else None)
    return Payload(body, _same(found, "All object keys must match"), is_object=False)


def _other(body: bytes) -> Payload:
    """JSON that is neither an object nor an array of them: as an empty array, like PostgREST has it."""
    try:
        _ANY_DECODER.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise _bad(_INVALID) from None
    if body.lstrip(_SPACE)[:1] == b"[":
        raise _bad("All object keys must match")
    return Payload(b"[]", (), is_object=False)


def _likely_keys(body: bytes) -> tuple[str, ...] | None:
    """The keys of the first object of an array, where its end is soon found."""
    begin = body.find(b"{", 0, _NEAR)
    end = begin
    for _ in range(_TRIES):
        end = body.find(b"}", end + 1, _NEAR)
        if end < 0:
            return None
        try:
            first = _OBJECT_DECODER.decode(body[begin : end + 1])
        except (msgspec.MsgspecError, RecursionError, ValueError):
            continue
        return tuple(first) if 0 < len(first) <= _FEW else None
    return None


def _all_have(keys: tuple[str, ...], body: bytes) -> bool:
    """Whether the body is an array of objects that have these keys and no others; in a third of the usual time."""
    try:
        _rows_of(keys).decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False  # another look says why
    return True


@lru_cache(maxsize=256)
def _rows_of(keys: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    fields = {f"f{number}": key for number, key in enumerate(keys)}
    row = msgspec.defstruct(
        "Row", [(name, msgspec.Raw) for name in fields], rename=fields, forbid_unknown_fields=True, gc=False
    )
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


def _same(rows: list[_Object], otherwise: str) -> tuple[str, ...]:
    if not rows:
        return ()
    first = rows[0].keys()
    if any(row.keys() != first for row in rows):
        raise _bad(otherwise)
    return tuple(sorted(first))


def _csv(body: bytes) -> Payload:
    try:
        lines = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
        rows = [line for line in lines if line]
    except (csv.Error, UnicodeDecodeError):
        raise _bad("parse error (invalid csv)") from None
    if not rows:
        raise _bad('parse error (not enough input) at ""')
    header = rows[0]
    if any(len(row) < len(header) for row in rows):
        raise _bad("All lines must have same number of fields")
    objects = [
        dict(zip(header, (None if value == "NULL" else value for value in row), strict=False)) for row in rows[1:]
    ]
    return Payload(_ENCODE(objects), tuple(sorted(set(header))) if objects else (), is_object=False)


def _form(body: bytes, *, is_call: bool) -> Payload:
    decoded = partial(unquote_plus, encoding="utf-8", errors="replace")
    pairs = [text.partition("=") for text in body.decode("latin-1").replace(";", "&").split("&") if text]
    given = [(decoded(name), decoded(value)) for name, _, value in pairs]
    if any("\0" in text for pair in given for text in pair):
        raise Refusal(400, "22021", ZERO_BYTE)
    if not is_call:
        return Payload(_ENCODE(dict(given)), tuple(sorted(dict(given))), is_object=True)
    values: dict[str, list[str]] = {}
    for name, value in given:
        values.setdefault(name, []).append(value)
    return Payload(_ENCODE(values), tuple(sorted(values)), is_object=True)


def _bad(message: str) -> Refusal:
    return Refusal(400, "PGRST102", message)
