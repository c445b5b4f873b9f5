"""Which function a request calls, and with what. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from haulback.gateway.answer import Refusal
from haulback.gateway.rest import media
from haulback.gateway.rest.planned import RequestShape
from haulback.gateway.rest.query.tree import Query
from haulback.gateway.schema.model import Name, Parameter, Routine, SchemaCache
from haulback.gateway.schema.suggestions import routine_hint

# What one unnamed parameter takes of a body, by the body's type.
_WHOLE_BODY = {
    media.JSON: ("json", "jsonb"),
    media.PLAIN: ("text",),
    media.XML: ("xml",),
    media.OCTETS: ("bytea",),
}
_UNNAMED = {media.PLAIN: "text", media.XML: "xml", media.OCTETS: "bytea"}


@dataclass(frozen=True, slots=True)
class Whole:
    """The body as the one argument."""

    type: str


@dataclass(frozen=True, slots=True)
class FromJson:
    """Arguments by name from the first object of the body."""

    parameters: tuple[Parameter, ...]
    is_object: bool


@dataclass(frozen=True, slots=True)
class FromForm:
    """Arguments by name from an object that has an array of texts for each."""

    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class FromQuery:
    """Arguments by name, each with the numbers of the pairs that give it."""

    parameters: tuple[tuple[Parameter, tuple[int, ...]], ...]


Arguments = Whole | FromJson | FromForm | FromQuery


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments.

    Attributes:
        target: what its rows are of: the table whose row type it returns, or itself.
    """

    routine: Routine
    arguments: Arguments

    @property
    def target(self) -> Name:
        schema = self.routine.name.schema
        returned = self.routine.returns
        return Name(schema, returned.type.name) if returned.is_composite else self.routine.name


def call_plan(shape: RequestShape, query: Query, cache: SchemaCache) -> Call:
    """The one function of that name which takes what was given.

    Raises: Refusal PGRST202, 203.
    """
    by_body = shape.method == "POST"
    keys = _keys(shape, query)
    content = media.media_type(shape.content_type).mime if shape.content_type else media.JSON
    routine = _found(Name(shape.schema, shape.name), keys, cache, content, by_body=by_body)
    given = tuple([each for each in routine.parameters if each.name in keys])
    if by_body and len(routine.parameters) == 1 and not routine.parameters[0].name:
        return Call(routine, Whole(routine.parameters[0].type))
    if not by_body:
        return Call(routine, FromQuery(tuple([(each, _pairs(query, each.name)) for each in given])))
    return Call(routine, FromForm(given) if content == media.FORM else FromJson(given, shape.body_is_object))


def _keys(shape: RequestShape, query: Query) -> frozenset[str]:
    if shape.method != "POST":
        return frozenset(name for name, _ in query.arguments)
    return frozenset((query.columns or ()) if shape.body_keys is None else shape.body_keys)


def _pairs(query: Query, name: str) -> tuple[int, ...]:
    return tuple([slot.pair for given, slot in query.arguments if given == name])


def _found(name: Name, keys: frozenset[str], cache: SchemaCache, content: str, *, by_body: bool) -> Routine:
    known = cache.routines.get(name, ())
    single = content if by_body else ""
    found = [each for each in known if _takes(each, keys, single)] or [
        each for each in known if _takes_whole(each, single)
    ]
    if len(found) == 1:
        return found[0]
    raise _ambiguous(found) if found else _unknown(name, sorted(keys), cache, single)


def _takes(routine: Routine, keys: frozenset[str], single: str) -> bool:
    """Whether the names fit: all that are required, and none that it does not know."""
    if not routine.parameters:
        return not keys and single not in _UNNAMED
    required = {each.name for each in routine.parameters if each.required}
    return required <= keys <= {each.name for each in routine.parameters}


def _takes_whole(routine: Routine, single: str) -> bool:
    if len(routine.parameters) != 1 or routine.parameters[0].name:
        return False
    return routine.parameters[0].type in _WHOLE_BODY.get(single, ())


def _ambiguous(found: Sequence[Routine]) -> Refusal:
    texts = [f"{each.name.schema}.{each.name.name}({_signature(each)})" for each in found]
    return Refusal(
        300,
        "PGRST203",
        "Could not choose the best candidate function between: " + ", ".join(texts),
        hint="Try renaming the parameters or the function itself in the database so function overloading can be"
        " resolved",
    )


def _signature(routine: Routine) -> str:
    return ", ".join(f"{each.name} => {each.type}" for each in routine.parameters)


def _unknown(name: Name, keys: Sequence[str], cache: SchemaCache, single: str) -> Refusal:
    function = f"{name.schema}.{name.name}"
    given = ", ".join(keys)
    whole = _UNNAMED.get(single)
    named = f"({given})" if keys else " without parameters"
    searched = f" with parameter{'s' if len(keys) > 1 else ''} {given}" if keys else named
    if whole:
        named, searched = "", f" with a single unnamed {whole} parameter"
    elif single == media.JSON:
        searched += " or with a single unnamed json/jsonb parameter"
    return Refusal(
        404,
        "PGRST202",
        f"Could not find the function {function}{named} in the schema cache",
        details=f"Searched for the function {function}{searched}, but no matches were found in the schema cache.",
        hint=None if whole else routine_hint(cache, name.schema, name.name, keys),
    )
