"""The server's own grammar, through libpg_query: text in, parsed statements with their places out."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from haulback.migrations.depth import DEEPEST, SHORTEST, too_deep

Node = Any  # a protobuf message of libpg_query; it has no usable static type

# Statements are parsed in portions, so that a file of a million of them needs no memory for a million trees.
_PORTION = 1 << 20  # bytes


class NotSql(Exception):
    """The text does not parse; `position` is that of the fault, from 0, in characters."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem)
        self.problem, self.position = problem, position


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement.

    Attributes:
        name: of its node, such as `create_stmt`.
        node: its tree.
        start, end: where its text stands, in bytes; without leading comments and the semicolon.
        origin: what the locations in its tree count from, as the location of its own first byte.
    """

    name: str
    node: Node
    start: int
    end: int
    origin: int = 0


def statements(encoded: bytes) -> Iterator[Parsed]:
    """Parses UTF-8 text.

    Raises:
        NotSql: before the first statement is given.
    """
    if len(encoded) < SHORTEST:  # too short to be deep or to need portions: parsed once instead of twice
        yield from _parsed(encoded, 0, len(encoded))
        return
    large = len(encoded) > _PORTION
    if large:
        _require_shallow(encoded, 0, len(encoded))  # even to split such a chain takes gigabytes
    spans = _spans(encoded)
    for start, length in () if large else spans:
        _require_shallow(encoded, start, start + length)
    for first, end in _portions(spans):
        yield from _parsed(encoded, first, end)


def _parsed(encoded: bytes, first: int, end: int) -> Iterator[Parsed]:
    library = _library()
    try:
        found = library.parse(encoded[first:end].decode()).stmts
    except library.PgQueryError as error:
        raise NotSql(error.message, max(error.cursorpos - 1, 0)) from None
    for raw in found:
        name = raw.stmt.WhichOneof("node")
        start = first + raw.stmt_location
        end_here = start + raw.stmt_len if raw.stmt_len else end
        yield Parsed(name, getattr(raw.stmt, name), start, end_here, raw.stmt_location)


def _require_shallow(encoded: bytes, start: int, end: int) -> None:
    at = too_deep(encoded, start, end)
    if at is not None:
        raise NotSql(f"it nests more than {DEEPEST} deep here", len(encoded[:at].decode(errors="replace")))


def parse(text: str) -> list[Node]:
    """The trees of the statements of a text that is known to be SQL."""
    return [getattr(raw.stmt, raw.stmt.WhichOneof("node")) for raw in _library().parse(text).stmts]


def enum(node: Node, field: str) -> str:
    """The name of the value of an enum field, such as `AT_DropColumn`."""
    descriptor = node.DESCRIPTOR.fields_by_name[field].enum_type
    return str(descriptor.values_by_number[getattr(node, field)].name)


def deparsed(node: Node) -> str:
    """The text of a statement, as libpg_query writes it."""
    return str(_library().deparse(_result(node)))


def comments(text: str) -> list[str]:
    """The comments of a text that is known to be SQL, each as it stands."""
    encoded = text.encode()
    tokens = _library().scan(text).tokens
    kinds = {"SQL_COMMENT", "C_COMMENT"}
    return [encoded[one.start : one.end].decode() for one in tokens if enum(one, "token") in kinds]


def plpgsql(text: str) -> Any:
    """What a DO block or a function in PL/pgSQL holds, as libpg_query tells it: nested dicts and lists.

    Raises:
        NotSql: its body is not PL/pgSQL.
    """
    library = _library()
    try:
        return library.parse_plpgsql(text)
    except importlib.import_module("postgast.errors").PgQueryError as error:
        raise NotSql(error.message, 0) from None


def _result(node: Node) -> Any:
    """A parse result that holds one statement."""
    pb = importlib.import_module("postgast.pg_query_pb2")
    result = pb.ParseResult()
    holder = result.stmts.add().stmt
    getattr(holder, _fields()[node.DESCRIPTOR.name]).CopyFrom(node)
    return result


@cache
def _fields() -> dict[str, str]:
    """The field that a statement of each kind stands in: `AlterTableStmt` -> `alter_table_stmt`."""
    described = importlib.import_module("postgast.pg_query_pb2").Node.DESCRIPTOR.fields
    return {one.message_type.name: one.name for one in described if one.message_type is not None}


def _portions(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Puts neighbours together; a statement that is longer than a portion is one of its own."""
    first = end = 0
    for number, (start, length) in enumerate(spans):
        if number == 0:
            first = start
        elif start + length - first > _PORTION:
            yield first, end
            first = start
        end = start + length
    if spans:
        yield first, end


def _spans(encoded: bytes) -> list[tuple[int, int]]:
    """Where each statement stands, comments before it included."""
    native = importlib.import_module("postgast.native").lib
    errors = importlib.import_module("postgast.errors")
    _library()
    result = native.pg_query_split_with_parser(encoded)
    try:
        errors.check_error(result)
        found = (result.stmts[number].contents for number in range(result.n_stmts))
        return [(one.stmt_location, one.stmt_len or len(encoded) - one.stmt_location) for one in found]
    except errors.PgQueryError as error:
        raise NotSql(error.message, max(error.cursorpos - 1, 0)) from None
    finally:
        native.pg_query_free_split_result(result)


@cache
def _library() -> Any:
    """postgast, which takes 0.25 s to import: only commands that parse pay for it."""
    postgast = importlib.import_module("postgast")
    # Trees cross into Python as protobuf messages, whose reader stops at a depth of 100 unless told otherwise;
    # fifty texts joined by || are deeper than that, and the server takes them.
    implementation = importlib.import_module("google.protobuf.internal.api_implementation")
    native = getattr(implementation, "_c_module", None)
    if native is not None:
        native.SetAllowOversizeProtos(True)  # noqa: FBT003 - C, it takes no names
    else:
        importlib.import_module("google.protobuf.internal.decoder").SetRecursionLimit(10_000)
    return postgast
