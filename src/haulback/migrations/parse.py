"""Turns the text of a file into units of statements with their places, through the server's own grammar."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from pathlib import Path

from haulback.migrations.errors import (
    CopyFromStdin,
    FileUnreadable,
    NotUtf8,
    NulByte,
    PsqlCommand,
    SyntaxRefused,
    TransactionControl,
)
from haulback.migrations.statements import Node, allows_transaction, destroys, kind_of
from haulback.model.migration import Script, Statement, Unit

_BOM = b"\xef\xbb\xbf"


def read_script(path: Path) -> Script:
    """Reads and parses one SQL file.

    Raises:
        FileUnreadable, NotUtf8, NulByte: the file is no text.
        SyntaxRefused, PsqlCommand, CopyFromStdin, TransactionControl: the text is no migration.
    """
    return script(path, decoded(path))


def decoded(path: Path) -> str:
    """The text of a file: UTF-8, without byte order mark, line ends LF."""
    try:
        raw = path.read_bytes().removeprefix(_BOM)
    except OSError as error:
        raise FileUnreadable(file=path, reason=error.strerror) from error
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NotUtf8(file=path, offset=error.start) from error
    if "\0" in text:
        raise NulByte(file=path, line=text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n")


def script(path: Path, text: str) -> Script:
    """Parses `text`; `path` is only for messages."""
    return Script(path, text, hashlib.sha256(text.encode()).hexdigest(), _units(path, text))


def _units(path: Path, text: str) -> tuple[Unit, ...]:
    units: list[Unit] = []
    open_run: list[Statement] = []

    def close() -> None:
        if open_run:
            units.append(Unit(transactional=True, statements=tuple(open_run)))
            open_run.clear()

    for name, node, statement in _statements(path, text):
        if name == "transaction_stmt":
            # BEGIN and COMMIT only mark where a unit ends: the commit itself is ours, since the journal's
            # entry must go into the same transaction.
            _require_plain(path, node, statement)
            if not _keeps_open(node):
                close()
        elif statement.transactional:
            open_run.append(statement)
        else:
            close()
            units.append(Unit(transactional=False, statements=(statement,)))
    close()
    return tuple(units)


def _statements(path: Path, text: str) -> list[tuple[str, Node, Statement]]:
    import postgast  # noqa: PLC0415 - 0.25 s to import: only commands that parse pay for it

    encoded = text.encode()
    places = _Places(encoded)
    try:
        parsed = postgast.parse(text).stmts
    except postgast.PgQueryError as error:
        raise _refused(path, text, places, error) from None
    found = []
    for raw in parsed:
        name = raw.stmt.WhichOneof("node")
        node = getattr(raw.stmt, name)
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(encoded)
        line, column = places.at(raw.stmt_location)
        found.append(
            (
                name,
                node,
                Statement(
                    text=encoded[raw.stmt_location : end].decode().strip(),
                    line=line,
                    column=column,
                    kind=kind_of(name),
                    transactional=allows_transaction(name, node),
                    destroys=destroys(name, node),
                ),
            )
        )
        if name == "copy_stmt" and node.is_from and not node.filename and not node.is_program:
            raise CopyFromStdin(file=path, line=line, column=column)
    return found


def _keeps_open(node: Node) -> bool:
    return _command(node) in {"SAVEPOINT", "RELEASE", "ROLLBACK_TO"}


def _command(node: Node) -> str:
    values = node.DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number
    return str(values[node.kind].name).removeprefix("TRANS_STMT_")


def _require_plain(path: Path, node: Node, statement: Statement) -> None:
    command = _command(node)
    if command not in {"BEGIN", "START", "COMMIT"}:
        raise TransactionControl(
            file=path, line=statement.line, column=statement.column, command=command.replace("_", " ")
        )


def _refused(path: Path, text: str, places: _Places, error: Exception) -> SyntaxRefused | PsqlCommand | CopyFromStdin:
    message = str(getattr(error, "message", error))
    offset = max(int(getattr(error, "cursorpos", 0)) - 1, 0)
    line, column = places.at(offset)
    source = text.split("\n")[line - 1] if text else ""
    if re.search(r'at or near "\\', message) and (command := re.match(r"\\\S+", source[column - 1 :])):
        return PsqlCommand(file=path, line=line, column=column, command=command.group())
    if re.search(r"\bcopy\b.*\bfrom\s+stdin\b", "\n".join(text.split("\n")[: line - 1][-3:]), re.IGNORECASE):
        return CopyFromStdin(file=path, line=line, column=column)
    return SyntaxRefused(file=path, line=line, column=column, problem=message)


class _Places:
    """Byte offset to line and column, both from 1, the column in characters."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded
        self._starts = [0, *(match.end() for match in re.finditer(rb"\n", encoded))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        return line, len(self._encoded[start:offset].decode(errors="replace")) + 1
