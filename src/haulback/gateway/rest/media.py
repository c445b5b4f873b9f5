"""Media types: which one a body is in, which ones a client accepts, and which of them is made of the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from haulback.gateway.answer import Refusal
from haulback.gateway.schema.model import MediaHandler, Name, SchemaCache

JSON = "application/json"
CSV = "text/csv"
PLAIN = "text/plain"
XML = "text/xml"
OCTETS = "application/octet-stream"
FORM = "application/x-www-form-urlencoded"
GEOJSON = "application/geo+json"
OPENAPI = "application/openapi+json"
ANY = "*/*"
ARRAY = "application/vnd.pgrst.array+json"
OBJECT = "application/vnd.pgrst.object+json"
_PLAN = "application/vnd.pgrst.plan"

_WITH_CHARSET = frozenset({JSON, CSV, PLAIN, XML, FORM, GEOJSON, OPENAPI, ANY, ARRAY, OBJECT})
_KNOWN = frozenset({JSON, GEOJSON, CSV, PLAIN, XML, OPENAPI, FORM, OCTETS, ANY})
_EXPLAIN_OPTIONS = ("analyze", "verbose", "settings", "buffers", "wal")
_MAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.*")
_SUB = _MAIN | frozenset("+-")
# A plan of a plan of a plan… says nothing more, and each is read by a call of its own.
_DEEPEST = 3
_MOST_PARAMETERS = 16


@dataclass(frozen=True, slots=True)
class Explain:
    """How a plan is written; options in PostgREST's order."""

    is_json: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaType:
    """One media type.

    Attributes:
        name: in lower case where it is known, else as it came.
        stripped: whether nulls are left out (`nulls=stripped`).
        explain: how the plan of the statement is written, where that is asked for instead of its rows.
    """

    name: str
    stripped: bool = False
    explain: Explain | None = None

    @property
    def mime(self) -> str:
        if self.explain:
            options = f"; options={'|'.join(self.explain.options)}" if self.explain.options else ""
            form = "json" if self.explain.is_json else "text"
            return f'{_PLAN}+{form}; for="{replace(self, explain=None).mime}"{options}'
        return f"{self.name};nulls=stripped" if self.stripped else self.name

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        has_charset = self.explain or self.name in _WITH_CHARSET
        return f"{self.mime}; charset=utf-8" if has_charset else self.mime

    @property
    def is_singular(self) -> bool:
        return self.name == OBJECT and self.explain is None


class Builtin(Enum):
    """What makes a body of rows where no function of the database does."""

    JSON = "json"
    ARRAY_STRIPPED = "array without nulls"
    OBJECT = "object"
    OBJECT_STRIPPED = "object without nulls"
    CSV = "csv"
    GEOJSON = "geojson"
    NONE = "nothing"


Handler = Builtin | MediaHandler


@lru_cache(maxsize=1024)
def media_type(text: str) -> MediaType:
    """Reads one media type with its parameters; what cannot be read is a type of its own, unknown to all."""
    return _read(text, 0)


@lru_cache(maxsize=1024)
def accepted(header: str) -> tuple[MediaType, ...]:
    """The types of an Accept header: by quality, then the more specific ones, else in order."""
    if not header:
        return (MediaType(ANY),)
    ranked = []
    for text in header.replace(" ", "").split(","):
        name, _, rest = text.partition(";q=")
        ranked.append((-_quality(rest.partition(";")[0]), name.count("*") - name.count(";"), name))
    ranked.sort(key=lambda each: each[:2])
    return tuple(media_type(name) for _, _, name in ranked)


def negotiated(
    header: str, target: Name, cache: SchemaCache, *, whole_rows: bool, plans: bool
) -> tuple[Handler, MediaType]:
    """The first accepted type that can be made, and what makes it.

    Args:
        header: Accept.
        target: table, or function, that the rows are of.
        cache: knows the handlers that the database brings.
        whole_rows: whether `select` is `*`, which handlers of one table need.
        plans: whether execution plans may be asked for.

    Raises: Refusal PGRST107.
    """
    asked = accepted(header)
    for each in asked:
        found = _handled(each, target, cache, whole_rows=whole_rows, plans=plans)
        if found is not None:
            return found
    message = "None of these media types are available: " + ", ".join(each.mime for each in asked)
    raise Refusal(406, "PGRST107", message)


def _handled(
    asked: MediaType, target: Name, cache: SchemaCache, *, whole_rows: bool, plans: bool
) -> tuple[Handler, MediaType] | None:
    if asked.explain and not plans:
        return None
    if asked.name == OBJECT:
        return (Builtin.OBJECT_STRIPPED if asked.stripped else Builtin.OBJECT), asked
    if asked.name == ARRAY:
        return Builtin.ARRAY_STRIPPED, asked
    found = _looked_up(asked.name, target, cache, whole_rows=whole_rows)
    if found and asked.explain:
        return found[0], asked
    return found


def _looked_up(name: str, target: Name, cache: SchemaCache, *, whole_rows: bool) -> tuple[Handler, MediaType] | None:
    handlers = cache.handlers
    key = name.lower()
    found = None
    if whole_rows:
        found = handlers.get((target, ANY)) or handlers.get((target, key))
    found = found or handlers.get((None, key))
    if found is not None:
        return found, MediaType(OCTETS if found.media_type == ANY else found.media_type)
    return _BUILTIN.get(name)


_BUILTIN: dict[str, tuple[Handler, MediaType]] = {
    ANY: (Builtin.JSON, MediaType(JSON)),
    JSON: (Builtin.JSON, MediaType(JSON)),
    CSV: (Builtin.CSV, MediaType(CSV)),
    GEOJSON: (Builtin.GEOJSON, MediaType(GEOJSON)),
}


def _quality(text: str) -> float:
    try:
        return float(text) if text[:1].isdigit() else 1.0
    except ValueError:
        return 1.0


def _read(text: str, depth: int) -> MediaType:
    main, slash, rest = text.partition("/")
    sub = rest[: _run(rest, _SUB)]
    if not (slash and main and sub and _MAIN.issuperset(main)):
        return MediaType(text)
    name = f"{main}/{sub}".lower()
    if name in _KNOWN:
        return MediaType(name)
    parameters = dict(_parameters(rest[len(sub) :]))
    stripped = parameters.get("nulls") == "stripped"
    match name:
        case "application/vnd.pgrst.object+json" | "application/vnd.pgrst.object":
            return MediaType(OBJECT, stripped=stripped)
        case "application/vnd.pgrst.array+json" | "application/vnd.pgrst.array":
            return MediaType(ARRAY, stripped=True) if stripped else MediaType(JSON)
        case "application/vnd.pgrst.plan" | "application/vnd.pgrst.plan+text" | "application/vnd.pgrst.plan+json":
            return _plan(parameters, depth, is_json=name.endswith("json")) or MediaType(text)
    return MediaType(text)


def _plan(parameters: dict[str, str], depth: int, *, is_json: bool) -> MediaType | None:
    inner = _read(parameters.get("for", JSON), depth + 1) if depth < _DEEPEST else None
    if inner is None or inner.explain:
        return None
    asked = parameters.get("options", "").split("|")
    return replace(inner, explain=Explain(is_json, tuple(each for each in _EXPLAIN_OPTIONS if each in asked)))


def _parameters(text: str) -> list[tuple[str, str]]:
    """Pairs behind the type, names in lower case; reading stops at what is no pair."""
    found: list[tuple[str, str]] = []
    for _ in range(_MOST_PARAMETERS):
        text = text.lstrip()
        if text[:1] != ";":
            break
        name, equals, rest = text[1:].lstrip().partition("=")
        rest = rest.lstrip()
        value, text = _value(rest)
        if not equals or value is None:
            break
        found.append((name.strip().lower(), value))
    return found


def _value(text: str) -> tuple[str | None, str]:
    if text[:1] == '"':
        value, quote, rest = text[1:].partition('"')
        return (value if quote else None), rest
    length = _run(text, _UNQUOTED)
    return (text[:length] or None), text[length:]


_UNQUOTED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789|-")


def _run(text: str, signs: frozenset[str]) -> int:
    """How many characters at the beginning are among the signs."""
    for position, sign in enumerate(text):
        if sign not in signs:
            return position
    return len(text)
