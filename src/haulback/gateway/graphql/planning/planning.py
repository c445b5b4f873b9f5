"""What all parts of the walk share."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql.language import ValueNode

from haulback.gateway.graphql.binding import Binder
from haulback.gateway.graphql.coercion import Coercion, listed
from haulback.gateway.graphql.literals import value_of
from haulback.gateway.graphql.model import Field, ObjectType, Schema, named
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked, Selecting
from haulback.gateway.graphql.values import ABSENT, Given, Value
from haulback.model.graphql import GraphQLSettings

_LONGEST = 4 << 20  # characters of SQL in subqueries


@dataclass(slots=True)
class Planning:
    """One request on its way to SQL.

    Attributes:
        defaults: of its variables.
        binder: of the statement that is being written.
        blocks: tables that have a name in it so far.
        rows: that could be asked for so far.
        length: of subqueries so far, in characters.
        beyond: how often a row was asked for more than its columns so far.
    """

    schema: Schema
    bounds: GraphQLSettings
    selecting: Selecting
    given: Given
    coercion: Coercion
    defaults: Mapping[str, ValueNode]
    binder: Binder = field(default_factory=Binder)
    blocks: int = 0
    rows: int = 0
    length: int = 0
    beyond: int = 0

    def block(self) -> str:
        """A name for one more table.

        Raises:
            Refused: there are too many.
        """
        self.blocks += 1
        if self.blocks > self.bounds.queries:
            raise Refused("query asks for too many collections")
        return f"_hb{self.blocks}"

    def subquery(self, sql: str) -> str:
        """The same, once it is clear that SQL does not become too long, as by many counts of one long filter.

        Raises:
            Refused: it does.
        """
        self.length += len(sql)
        if self.length > _LONGEST:
            raise Refused("query is too complex")
        return sql

    def ask_rows(self, rows: int) -> int:
        """The same, once it is clear that so many more may be asked for.

        Raises:
            Refused: they are too many.
        """
        self.rows += rows
        if self.rows > self.bounds.rows:
            raise Refused("query asks for too many records")
        return rows

    def object_type(self, of: Field) -> ObjectType:
        """The type of a field whose value has fields."""
        found = self.schema.type(named(of.type))
        if not isinstance(found, ObjectType):
            raise Refused(f"can not build query for non-object type {named(of.type)!r}")
        return found

    def fields(self, asked: Asked, of: ObjectType, depth: int) -> list[Asked]:
        """What is asked for below a field.

        Raises:
            Refused: it is too deep, or as `Selecting.fields` says.
        """
        if depth > self.bounds.depth:
            raise Refused("query is nested too deeply")
        return self.selecting.fields(asked.selections, of.name)

    def argument(self, of: Field, asked: Asked, name: str) -> Value:
        """An argument as its type has it.

        Raises:
            Refused: it is none of that type.
        """
        node = asked.arguments.get(name)
        given = ABSENT if node is None else value_of(node, self.given, self.defaults, self.bounds.depth)
        return self.coercion.coerced(of.arguments[name].type, given)

    def raw(self, node: ValueNode) -> Value:
        """An argument as it was given."""
        return value_of(node, self.given, self.defaults, self.bounds.depth)


def only(asked: Asked, allowed: Names[str]) -> None:
    """Checks that a field has no other arguments.

    Raises:
        Refused: it has.
    """
    extra = [name for name in asked.arguments if name not in allowed]
    if extra:
        raise Refused(f"Input contains extra keys {listed(extra)}")
