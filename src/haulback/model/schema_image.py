"""A schema as a JSON document and back, so that the journal can keep it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.model.schema import ObjectKey, Schema, SchemaObject


def to_image(schema: Schema) -> dict[str, Any]:
    """The document of a schema; `from_image` gives back an equal one."""
    return {
        "major": schema.major,
        "database": schema.database,
        "unsupported": [list(one) for one in schema.unsupported],
        "origin": schema.origin,
        "objects": [
            {
                "kind": one.key.kind,
                "identity": one.key.identity,
                "definition": one.definition,
                "create": list(one.create),
                "drop": list(one.drop),
                "depends": sorted([key.kind, key.identity] for key in one.depends),
                "parent": [one.parent.kind, one.parent.identity] if one.parent else None,
                "bears_data": one.bears_data,
                "position": one.position,
                "notes": one.notes,
                "address": schema.addresses.get(one.key),
            }
            for one in schema
        ],
    }


def from_image(image: Mapping[str, Any]) -> Schema:
    """The schema that `to_image` described; one kept by an older Haulback tells no addresses."""
    objects = (_object(one) for one in image["objects"])
    return Schema(
        {one.key: one for one in objects},
        int(image["major"]),
        str(image["database"]),
        tuple((kind, identity) for kind, identity in image["unsupported"]),
        {
            ObjectKey(one["kind"], one["identity"]): tuple(one["address"])
            for one in image["objects"]
            if one.get("address")
        },
        image.get("origin", ""),
    )


def _object(document: Mapping[str, Any]) -> SchemaObject:
    return SchemaObject(
        key=ObjectKey(document["kind"], document["identity"]),
        definition=document["definition"],
        create=tuple(document["create"]),
        drop=tuple(document["drop"]),
        depends=frozenset(ObjectKey(*key) for key in document["depends"]),
        parent=ObjectKey(*document["parent"]) if document["parent"] else None,
        bears_data=document["bears_data"],
        position=document["position"],
        notes=document["notes"],
    )
