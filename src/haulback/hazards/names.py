"""Names of relations as one text, the same from a parse tree and from the catalogs.

A part that is a plain lower-case word stands as it is, every other one in double quotes; the schema is always
there. Keywords are not quoted: these names are compared and shown, they are no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from haulback.migrations.grammar import Node

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_PART = re.compile(r'"((?:[^"]|"")*)"|([^."]+)')
DEFAULT_SCHEMA = "public"


@lru_cache(maxsize=1 << 12)  # the same few names come again with every statement
def dotted(*unquoted: str) -> str:
    """`public`, `Order` -> `public."Order"`."""
    return ".".join(part if _PLAIN.fullmatch(part) else '"' + part.replace('"', '""') + '"' for part in unquoted)


def relation(node: Node) -> str:
    """The name of a RangeVar."""
    return dotted(node.schemaname or DEFAULT_SCHEMA, node.relname)


def qualified(unquoted: Iterable[str]) -> str:
    """The name of a list of parts, `public` before a lone one."""
    listed = list(unquoted)
    return dotted(*([DEFAULT_SCHEMA, *listed] if len(listed) == 1 else listed))


def words(nodes: Iterable[Node]) -> list[str]:
    """The texts of a list of String nodes."""
    return [one.string.sval for one in nodes]


def of_catalog(identity: str) -> str:
    """The same name out of a catalog identity, which is quoted by the server."""
    return dotted(*parts(identity))


def parts(name: str) -> list[str]:
    """The parts of a dotted name, unquoted."""
    return [quoted.replace('""', '"') if quoted else plain for quoted, plain in _PART.findall(name)]


def bare(name: str) -> str:
    """The last part of a dotted name, unquoted."""
    return parts(name)[-1]


def schema_of(name: str) -> str:
    """The first part of a dotted name, unquoted."""
    return parts(name)[0]


def sql(name: str) -> str:
    """The name as SQL that means the same wherever it is pasted; `public` is left out."""
    listed = parts(name)
    if len(listed) > 1 and listed[0] == DEFAULT_SCHEMA:
        listed = listed[1:]
    return ".".join(identifier(part) for part in listed)


def spelled(name: str) -> str:
    """The name as SQL with its schema, whatever the search_path."""
    return ".".join(identifier(part) for part in parts(name))


def identifier(part: str) -> str:
    """One name as SQL."""
    if _PLAIN.fullmatch(part) and part not in _RESERVED:
        return part
    return '"' + part.replace('"', '""') + '"'


# The words that cannot name a column or table bare; more are quoted than must be, which harms nobody.
_WORDS = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
    greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
    lateral leading least left like limit localtime localtimestamp national natural nchar none normalize not notnull
    null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
    references returning right row select session_user setof similar smallint some substring symmetric system_user
    table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic
    verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse
    xmlpi xmlroot xmlserialize xmltable
"""
_RESERVED = frozenset(_WORDS.split())
