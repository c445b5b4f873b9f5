"""Turns the text of a file into units of statements with their places, through the server's own grammar."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG

from haulback.migrations import grammar
from haulback.migrations.errors import (
    CopyFromStdin,
    FileUnreadable,
    NotUtf8,
    NulByte,
    PsqlCommand,
    SyntaxRefused,
    TransactionControl,
)
from haulback.migrations.grammar import Node
from haulback.migrations.statements import allows_transaction, destroys, kind_of, without_comments
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
        if not S_ISREG(path.stat().st_mode):
            raise FileUnreadable(file=path, reason="it is no regular file")  # a FIFO would never end
        raw = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(file=path, reason=error.strerror) from error
    return text_of(path, raw)


def text_of(path: Path, raw: bytes) -> str:
    """The same of bytes that are at hand; `path` is only for messages."""
    try:
        text = raw.removeprefix(_BOM).decode()
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
        if name == "transaction_stmt" and not keeps_open(node):
            # BEGIN and COMMIT only mark where a unit ends: the commit itself is ours, since the journal's
            # entry must go into the same transaction.
            _require_plain(path, node, statement)
            close()
        elif statement.transactional:
            open_run.append(statement)
        else:
            close()
            units.append(Unit(transactional=False, statements=(statement,)))
    close()
    return tuple(units)


def _statements(path: Path, text: str) -> Iterator[tuple[str, Node, Statement]]:
    encoded = text.encode()
    places = Places(encoded)
    try:
        for parsed in grammar.statements(encoded):
            line, column = places.at(parsed.start)
            if reads_stdin(parsed):
                raise CopyFromStdin(file=path, line=line, column=column)
            yield (
                parsed.name,
                parsed.node,
                Statement(
                    text=encoded[parsed.start : parsed.end].decode().strip(),
                    line=line,
                    column=column,
                    kind=kind_of(parsed.name),
                    transactional=allows_transaction(parsed.name, parsed.node),
                    destroys=destroys(parsed.name, parsed.node),
                ),
            )
    except grammar.NotSql as error:
        raise refused(path, text, error) from None


def reads_stdin(parsed: grammar.Parsed) -> bool:
    copy = parsed.node
    return parsed.name == "copy_stmt" and copy.is_from and not copy.filename and not copy.is_program


def keeps_open(node: Node) -> bool:
    return _command(node) in {"SAVEPOINT", "RELEASE", "ROLLBACK_TO"}


def _command(node: Node) -> str:
    return grammar.enum(node, "kind").removeprefix("TRANS_STMT_")


def _require_plain(path: Path, node: Node, statement: Statement) -> None:
    command = _command(node)
    if command not in {"BEGIN", "START", "COMMIT"}:
        raise TransactionControl(
            file=path, line=statement.line, column=statement.column, command=command.replace("_", " ")
        )


def refused(path: Path, text: str, error: grammar.NotSql) -> SyntaxRefused | PsqlCommand | CopyFromStdin:
    """What the fault most likely is: rows of a COPY, a command of psql, or a plain mistake."""
    earlier = text[: error.position]
    line, column = earlier.count("\n") + 1, error.position - earlier.rfind("\n")
    if _COPY_BEFORE.search(without_comments(earlier)):
        return CopyFromStdin(file=path, line=line, column=column)
    if command := _PSQL.match(text, error.position):
        return PsqlCommand(file=path, line=line, column=column, command=command.group())
    return SyntaxRefused(file=path, line=line, column=column, problem=error.problem)


_PSQL = re.compile(r"\\\S+")
# The rows of a COPY stand right after its semicolon, where the grammar awaits a statement.
_COPY_BEFORE = re.compile(r"(?:^|;)\s*copy\b[^;]*\bfrom\s+stdin\b[^;]*;\s*[^;\n]*\Z", re.IGNORECASE)


class Places:
    """Byte offset to line and column, both from 1, the column in characters."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded
        self._starts = [0, *(match.end() for match in re.finditer(rb"\n", encoded))]
        self._offset, self._column = 0, 1

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        if start <= self._offset <= offset:
            # Further on in the same line: only what lies between is counted, since all may stand in one line.
            self._column += len(self._encoded[self._offset : offset].decode(errors="replace"))
        else:
            self._column = len(self._encoded[start:offset].decode(errors="replace")) + 1
        self._offset = offset
        return line, self._column
