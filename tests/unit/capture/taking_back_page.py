"""What can be taken back and what cannot, read out of the code, and the page that says it."""

from __future__ import annotations

import ast
from pathlib import Path

import haulback
from haulback.capture.changes import keyless
from haulback.model.capture import CaptureKind
from haulback.pg.catalog.kind import kinds

PAGE = Path(__file__).resolve().parents[3] / "docs" / "taking-back.md"
_SOURCES = Path(haulback.__file__).parent
# Where a reason is given for what cannot be taken back or kept.
_ROOMS = ("pg/catalog", "capture")

_HEAD = """\
# What can be taken back

Written by `scripts/taking-back` from the code; a test holds it to be so. How it is done is in
[the attic](attic.md), what a plan says of a migration before it runs in `haulback plan`.

## The schema

A rehearsal compares the schema before and after, on a shadow, and makes the inverse from the two. Every object of
these kinds is made again, dropped, renamed or altered back to what it was, with its comment, owner, grants in their
order and settings. What bears rows or values is not dropped: it moves to the attic.

| kind | bears rows or values |
| --- | --- |
"""

_ROWS = f"""
A column that was dropped comes back with its values as the last one of its table: PostgreSQL adds columns nowhere else.

## Rows and values

| what the migration did | what going back does |
| --- | --- |
| `UPDATE`, upsert, `MERGE`, in whatever way it came about | a value that is still what the migration left becomes what it was; one that a user wrote since stays, the other columns of the row come back |
| `DELETE`, cascades | the row comes back, unless a user made one of its key again |
| `INSERT` | the row goes to the attic, unless a user changed it since or refers to it |
| `TRUNCATE` | the rows come back beside those inserted since |
| dropped a table | it comes back as it was, with its rows and indexes, where it could move; else it is made again and its rows come back |
| dropped a column | it is made again, its values come back |
| changed the type of a column | the value of before, where nobody wrote it since; else the user's, in the old type |
| dropped a sequence | it stands where it stood |
| created a table or a column | it moves to the attic with what users wrote into it; `deploy --with-attic` brings that back |

What users wrote always stays: rows they inserted, values they changed, rows they deleted. Of a table without a key
rows are told apart by all of their values, up to {keyless.MOST:,} changes a deployment. What could not come back is in
the attic, with the reason: `haulback attic list`. A row that nobody wrote since and that is kept from coming back ends it
with exit code 5, or stays there where `deploy.held_up` says so beforehand: see [the attic](attic.md#rows-that-are-held-up).

What is kept lies in the attic in these forms:

"""

_REASONS = """
## What cannot be, and the reason that is given

Before anything is touched, where a rehearsal shows it; in staging and production such a plan is refused unless
`--accept-loss VERSION` says otherwise. Where only the target shows it, the migration is rolled back (exit 4), or going
back stops before it changes anything (exit 5). `…` is a name or a number.

"""

_BEYOND = """
Besides: what a `DO` block or procedure with `COMMIT` writes to a table that the rehearsal did not see it write is not
noted, since its transactions are over before anybody can look. Rows of tables that belong to an extension are not
noted. Writes to anything outside the database (files, other servers, a queue) are not taken back by anybody.
"""


def reasons() -> tuple[str, ...]:
    """Every text that the code gives as the reason why something cannot be taken back or kept."""
    found = set()
    for room in _ROOMS:
        for path in (_SOURCES / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found |= set(_reasons(node))
    return tuple(sorted(found))


def _reasons(node: ast.AST) -> list[str]:
    match node:
        case ast.Call(func=ast.Name(id="Impossible"), args=[ast.Constant() | ast.JoinedStr() as text, *_]):
            return [_text(text)]
        case ast.Assign(targets=[ast.Subscript(value=value)], value=ast.Constant() | ast.JoinedStr() as text):
            named = value.id if isinstance(value, ast.Name) else getattr(value, "attr", "")
            return [_text(text)] if named == "impossible" else []
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
            return [text] if name in {"_NO_KEY", "_KEY_CHANGES", "_KEY_IS_RETYPED"} else []
    return []


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)


def page() -> str:
    """The whole page."""
    listed = "".join(
        f"| {name.replace('_', ' ')} | {'yes' if kind.bears_data else ''} |\n" for name, kind in sorted(kinds().items())
    )
    forms = "".join(f"- {kind.value}\n" for kind in CaptureKind)
    told = "".join(f"- {reason}\n" for reason in reasons())
    return f"{_HEAD}{listed}{_ROWS}{forms}{_REASONS}{told}{_BEYOND}"
