"""Whatever a database calls its things, clients get a schema that is one, and each role its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from graphql import build_schema, validate_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haulback.gateway.graphql.catalog import (
    Catalog,
    Category,
    Column,
    Enum,
    ForeignKey,
    Function,
    Namespace,
    Parameter,
    Privileges,
    SqlType,
    Table,
    TablePrivileges,
    Volatility,
)
from haulback.gateway.graphql.model import InputType, InterfaceType, ObjectType, named
from haulback.gateway.graphql.printing import client_schema, printed
from haulback.gateway.graphql.types.schema import RoleSchema

NAMES = st.sampled_from(
    [
        *("account", "Account", "account_edge", "accountEdge", "accountFilter", "account_id", "accountId", "id"),
        *("String", "Int", "Query", "Mutation", "Node", "PageInfo", "Cursor", "FilterIs", "node", "nodeId", "node_id"),
        *("edges", "and", "or", "not", "first", "filter", "__typename", "__schema", "_", "__", "a b", "é", "", "1a"),
        *("blog_post", "blogPost", "blogPostCollection", "accountCollection", "accountByPk", "insertIntoAccount"),
    ]
)
GOOD = st.sampled_from(["account", "blog_post", "Person", "comment", "tag_of_post"])
SAID = st.none() | GOOD | NAMES
SCHEMAS = ("public", "private")

_PLAIN = {23: "int4", 25: "text", 20: "int8", 3802: "jsonb", 1700: "numeric", 600: "point", 2950: "uuid"}
_TYPES = {
    **{oid: SqlType(oid, "pg_catalog", name, name) for oid, name in _PLAIN.items()},
    1009: SqlType(1009, "pg_catalog", "_text", "text[]", Category.ARRAY, element=25),
    5001: SqlType(5001, "public", "_mood", "mood[]", Category.ARRAY, element=5000),
    5000: SqlType(5000, "public", "mood", "mood", Category.ENUM),
    5002: SqlType(5002, "public", "pair", "pair", Category.COMPOSITE),
    **{6000 + oid: SqlType(6000 + oid, "public", "row", "row", Category.TABLE, relation=oid) for oid in range(1, 5)},
    **{
        7000 + oid: SqlType(7000 + oid, "public", "_row", "row[]", Category.ARRAY, element=6000 + oid)
        for oid in range(1, 5)
    },
}
OIDS = st.sampled_from(sorted(_TYPES))


@st.composite
def columns(draw: st.DrawFn, oid: int) -> dict[str, Column]:
    names = draw(st.lists(GOOD | NAMES, min_size=1, max_size=5, unique=True))
    return {
        name: Column(
            name,
            number,
            draw(OIDS),
            "text",
            not_null=draw(st.booleans()),
            serial=draw(st.booleans()),
            graphql_name=draw(SAID),
        )
        for number, name in enumerate(names)
    }


@st.composite
def tables(draw: st.DrawFn, oid: int) -> Table:
    of = draw(columns(oid))
    return Table(
        oid=oid,
        schema=draw(st.sampled_from(SCHEMAS)),
        name=draw(GOOD | NAMES),
        columns=of,
        primary_key=tuple(draw(st.lists(st.sampled_from(sorted(of)), min_size=1, max_size=2, unique=True))),
        unique=tuple(map(frozenset, draw(st.lists(st.lists(st.sampled_from(sorted(of)), min_size=1), max_size=1)))),
        row_security=draw(st.booleans()),
        row_type=6000 + oid,
        graphql_name=draw(SAID),
        total_count=draw(st.booleans()),
        aggregate=draw(st.booleans()),
    )


@st.composite
def foreign_keys(draw: st.DrawFn, those: Sequence[Table]) -> ForeignKey:
    table, foreign = draw(st.sampled_from(those)), draw(st.sampled_from(those))
    return ForeignKey(
        table.oid,
        (draw(st.sampled_from(sorted(table.columns))),),
        foreign.oid,
        (draw(st.sampled_from(sorted(foreign.columns))),),
        draw(SAID),
        draw(SAID),
    )


@st.composite
def functions(draw: st.DrawFn) -> Function:
    types = st.sampled_from([23, 25]) | OIDS
    parameters = st.builds(Parameter, GOOD | NAMES, types, st.just("text"), st.booleans())
    return Function(
        oid=draw(st.integers(1, 9)),
        schema=draw(st.sampled_from(SCHEMAS)),
        name=draw(GOOD | NAMES),
        parameters=tuple(draw(st.lists(parameters, max_size=2))),
        returns=draw(types),
        is_set=draw(st.booleans()),
        volatility=draw(st.sampled_from(Volatility)),
        graphql_name=draw(SAID),
    )


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    those = [draw(tables(oid)) for oid in range(1, draw(st.integers(1, 4)) + 1)]
    if draw(st.booleans()):
        those[-1] = replace(those[-1], primary_key=())
    enums = st.builds(
        Enum,
        st.just(5000),
        st.just("public"),
        NAMES,
        st.lists(NAMES, max_size=3, unique=True).map(tuple),
        st.dictionaries(NAMES, NAMES, max_size=2),
        SAID,
    )
    inflected = st.booleans()
    return Catalog(
        schemas={name: Namespace(name, draw(inflected), introspection=True) for name in SCHEMAS},
        tables={table.oid: table for table in those},
        types=_TYPES,
        enums={enum.oid: enum for enum in draw(st.lists(enums, max_size=1))},
        foreign_keys=tuple(draw(st.lists(foreign_keys(those), max_size=4))),
        functions=tuple(draw(st.lists(functions(), max_size=4))),
    )


@st.composite
def privileges(draw: st.DrawFn, catalog: Catalog) -> Privileges:
    def some(table: Table) -> frozenset[str]:
        return frozenset(draw(st.just(table.columns.keys()) | st.sets(st.sampled_from(sorted(table.columns)))))

    return Privileges(
        role="someone",
        schemas=frozenset(("pg_catalog", *SCHEMAS)),
        tables={
            table.oid: TablePrivileges(draw(st.booleans()), draw(st.booleans()), some(table), some(table), some(table))
            for table in catalog.tables.values()
            if table.oid == 1 or draw(st.integers(0, 3))
        },
        functions=frozenset(range(1, draw(st.integers(1, 10)))),
        unusable_types=frozenset(draw(st.sampled_from([(), (), (5000,)]))),
    )


@st.composite
def seen(draw: st.DrawFn) -> RoleSchema:
    catalog = draw(catalogs())
    return RoleSchema(catalog, draw(privileges(catalog)))


def whatever(test: Callable[[RoleSchema], None]) -> Callable[[], None]:
    return settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])(given(seen())(test))


# A table of whose columns none can be given or ordered by has inputs without fields, as pg_graphql has them.
_EMPTY = "must define one or more fields"


@whatever
def test_clients_take_it(schema: RoleSchema) -> None:
    troubles = [error.message for error in validate_schema(client_schema(schema)) if _EMPTY not in error.message]
    assert troubles == []
    assert build_schema(printed(schema), assume_valid=True)


@whatever
def test_every_name_leads_to_a_type_of_that_name(schema: RoleSchema) -> None:
    for name in schema.names():
        found = schema.type(name)
        assert found is not None
        assert found.name == name
        if isinstance(found, ObjectType | InterfaceType | InputType):
            assert {key: field.name for key, field in found.fields.items()} == {key: key for key in found.fields}


@whatever
def test_types_stand_where_they_may(schema: RoleSchema) -> None:
    """Inputs hold inputs, objects hold objects: a name never leads to something of another kind."""
    for name in schema.names():
        found = schema.type(name)
        if isinstance(found, ObjectType | InterfaceType):
            for field in found.fields.values():
                assert not isinstance(schema.type(named(field.type)), InputType | None)
                inputs = [schema.type(named(one.type)) for one in field.arguments.values()]
                assert not [one for one in inputs if isinstance(one, ObjectType | InterfaceType | None)]
        elif isinstance(found, InputType):
            inputs = [schema.type(named(one.type)) for one in found.fields.values()]
            assert not [one for one in inputs if isinstance(one, ObjectType | InterfaceType | None)]


@whatever
def test_a_role_sees_no_column_that_it_may_not_select(schema: RoleSchema) -> None:
    for name in schema.names():
        found = schema.type(name)
        if isinstance(found, ObjectType | InputType) and found.table:
            allowed = schema.privileges.tables[found.table.oid]
            columns_ = {
                field.meaning.column.name for field in found.fields.values() if hasattr(field.meaning, "column")
            }
            given_ = {"InsertInput": allowed.insertable, "UpdateInput": allowed.updatable}
            assert columns_ <= given_.get(found.purpose.value, allowed.selectable)


@whatever
def test_the_same_reading_gives_the_same_schema(schema: RoleSchema) -> None:
    assert printed(RoleSchema(schema.catalog, schema.privileges)) == printed(schema)
