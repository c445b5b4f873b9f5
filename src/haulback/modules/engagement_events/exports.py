"""Writes the registry of event types in the languages of its clients: pure functions of the registry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Literal, get_args

from haulback.modules.engagement_events.events import EVENT_TYPES, EventType, Field, Kind

Format = Literal["json", "dart", "typescript"]
FORMATS: tuple[Format, ...] = get_args(Format)

_HEADER = "Made by `haulback events export`. Do not edit: the next export overwrites it."
_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_JSON: MappingProxyType[Kind, dict[str, str]] = MappingProxyType(
    {
        "string": {"type": "string"},
        "integer": {"type": "integer"},
        "number": {"type": "number"},
        "boolean": {"type": "boolean"},
        "datetime": {"type": "string", "format": "date-time"},
    }
)
_TYPESCRIPT: MappingProxyType[Kind, str] = MappingProxyType(
    {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "datetime": "string"}
)
_DART: MappingProxyType[Kind, str] = MappingProxyType(
    {"string": "String", "integer": "int", "number": "num", "boolean": "bool", "datetime": "DateTime"}
)


def export(form: Format, /) -> str:
    """Returns the registry as a document that ends in a line end.

    `json` is a JSON Schema (2020-12) of one event with a definition for each type's value; `dart` an
    enhanced enum with a class for each value (Dart >= 2.17); `typescript` a union with an interface for each.
    """
    return _WRITERS[form](EVENT_TYPES)


def _json(event_types: tuple[EventType, ...]) -> str:
    document = {
        "$schema": _SCHEMA_DIALECT,
        "$comment": _HEADER,
        "title": "EngagementEvent",
        "type": "object",
        "required": ["event_type", "value"],
        "oneOf": [
            {
                "properties": {
                    "event_type": {"const": event.name, "description": event.description},
                    "value": {"$ref": f"#/$defs/{event.name}"},
                }
            }
            for event in event_types
        ],
        "$defs": {event.name: _value_schema(event) for event in event_types},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _value_schema(event: EventType) -> dict[str, Any]:
    return {
        "description": event.description,
        "type": "object",
        "properties": {field.name: _field_schema(field) for field in event.fields},
        "required": [field.name for field in event.fields if field.required],
    }


def _field_schema(field: Field) -> dict[str, Any]:
    limits = {"minimum": field.minimum, "maximum": field.maximum, "enum": list(field.choices) or None}
    return {
        **_JSON[field.kind],
        "description": field.description,
        **{name: limit for name, limit in limits.items() if limit is not None},
    }


def _typescript(event_types: tuple[EventType, ...]) -> str:
    names = ",\n".join(f'  "{event.name}"' for event in event_types)
    values = "\n".join(f"  {event.name}: {_pascal(event.name)}Value;" for event in event_types)
    return "\n".join(
        (
            f"// {_HEADER}",
            "",
            f"export const engagementEventTypes = [\n{names},\n] as const;",
            "",
            "export type EngagementEventType = (typeof engagementEventTypes)[number];",
            "",
            *(_typescript_interface(event) for event in event_types),
            f"export interface EngagementEventValues {{\n{values}\n}}",
            "",
            "/** A row to insert: value has the shape of its event_type. */",
            "export type EngagementEvent = {",
            "  [T in EngagementEventType]: { event_type: T; value: EngagementEventValues[T] };",
            "}[EngagementEventType];",
            "",
        )
    )


def _typescript_interface(event: EventType) -> str:
    fields = "".join(
        f"  /** {field.description} */\n  {field.name}{'' if field.required else '?'}: {_typescript_type(field)};\n"
        for field in event.fields
    )
    return f"/** {event.description} */\nexport interface {_pascal(event.name)}Value {{\n{fields}}}\n"


def _typescript_type(field: Field) -> str:
    return " | ".join(f'"{choice}"' for choice in field.choices) or _TYPESCRIPT[field.kind]


def _dart(event_types: tuple[EventType, ...]) -> str:
    values = ",\n".join(f"  /// {event.description}\n  {_camel(event.name)}('{event.name}')" for event in event_types)
    return "\n".join(
        (
            f"// {_HEADER}",
            "",
            "/// What stands in the column event_type.",
            "enum EngagementEventType {",
            f"{values};",
            "",
            "  const EngagementEventType(this.wireName);",
            "",
            "  /// The name in the database and in the API.",
            "  final String wireName;",
            "",
            "  /// The type with this wire name; null for one that is newer than this file.",
            "  static EngagementEventType? fromWireName(String wireName) {",
            "    for (final type in values) {",
            "      if (type.wireName == wireName) return type;",
            "    }",
            "    return null;",
            "  }",
            "}",
            "",
            "/// What stands in the column value.",
            "abstract class EngagementEventValue {",
            "  const EngagementEventValue();",
            "  EngagementEventType get type;",
            "  Map<String, Object?> toJson();",
            "}",
            "",
            "\n".join(_dart_class(event) for event in event_types),
        )
    )


def _dart_class(event: EventType) -> str:
    name = f"{_pascal(event.name)}Value"
    parameters = "".join(
        f"{'required ' if field.required else ''}this.{_camel(field.name)}, " for field in event.fields
    )
    arguments = f"{{{parameters.removesuffix(', ')}}}" if event.fields else ""
    fields = "".join(
        f"\n  /// {_dart_description(field)}\n"
        f"  final {_DART[field.kind]}{'' if field.required else '?'} {_camel(field.name)};\n"
        for field in event.fields
    )
    entries = "".join(f"        {_dart_entry(field)},\n" for field in event.fields)
    return (
        f"/// {event.description}\n"
        f"class {name} extends EngagementEventValue {{\n"
        f"  const {name}({arguments});\n{fields}\n"
        f"  @override\n  EngagementEventType get type => EngagementEventType.{_camel(event.name)};\n\n"
        f"  @override\n  Map<String, Object?> toJson() => {{\n{entries}      }};\n"
        "}\n"
    )


def _dart_description(field: Field) -> str:
    return f"{field.description} One of: {', '.join(field.choices)}." if field.choices else field.description


def _dart_entry(field: Field) -> str:
    access = _camel(field.name)
    present = "" if field.required else f"if ({access} != null) "
    if field.kind != "datetime":
        return f"{present}'{field.name}': {access}"
    return f"{present}'{field.name}': {access}{'' if field.required else '!'}.toUtc().toIso8601String()"


def _pascal(name: str) -> str:
    return re.sub(r"(?:^|_)([a-z])", lambda match: match[1].upper(), name)


def _camel(name: str) -> str:
    return name[0] + _pascal(name)[1:]


_WRITERS: MappingProxyType[Format, Callable[[tuple[EventType, ...]], str]] = MappingProxyType(
    {"json": _json, "dart": _dart, "typescript": _typescript}
)
