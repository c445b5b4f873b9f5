"""What lies in the attic, told to a person and to a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from haulback.errors import Exit
from haulback.model.attic_view import AtticView, NotedRow
from haulback.model.capture import AtticEntry, Capture, CaptureKind, Keeps, Merged
from haulback.redact import redact
from haulback.report.columns import aligned
from haulback.report.plain import clean, counted, lasting, plain

_KIB = 1024
_MASK = "********"
_WHY = {
    (Keeps.BEFORE, CaptureKind.COPIED_TABLE): "its rows, before the migration dropped or emptied the table",
    (Keeps.BEFORE, CaptureKind.MOVED_TABLE): "the table that the migration dropped, with its rows",
    (Keeps.BEFORE, CaptureKind.COPIED_COLUMNS): "columns that the migration dropped or gave another type: {columns}",
    (Keeps.BEFORE, CaptureKind.CHANGED_ROWS): "rows that the migration changed, as they were and as it left them",
    (Keeps.AFTER, CaptureKind.COPIED_COLUMNS): "what users wrote into columns that going back took away: {columns}",
    (Keeps.AFTER, CaptureKind.MOVED_TABLE): "a table that the deployment made, with its rows when it was taken back",
}
_OTHERWISE = {
    Keeps.BEFORE: "what was there before the deployment",
    Keeps.AFTER: "made by the deployment, and moved aside when it was taken back",
}


def listed(entries: Sequence[AtticEntry]) -> dict[str, Any]:
    """The document of `haulback attic list`."""
    ending = Exit.REFUSED if any(one.state == "damaged" for one in entries) else Exit.DONE
    return {"ok": ending is Exit.DONE, "exit": int(ending), "captures": [_entry(one) for one in entries]}


def told_list(entries: Sequence[AtticEntry]) -> str:
    """The text of `haulback attic list`."""
    if not entries:
        return "the attic is empty\n"
    head = ("id", "deployment", "rows", "KiB", "age", "state", "checksum", "what")
    return "\n".join(aligned([head, *map(_line, entries)], indent="")) + "\n"


def shown(view: AtticView) -> dict[str, Any]:
    """The document of `haulback attic show`."""
    capture = view.entry.capture
    damaged = view.entry.state == "damaged"
    return {
        "ok": not damaged,
        "exit": int(Exit.REFUSED if damaged else Exit.DONE),
        **_entry(view.entry),
        "at": capture.at.isoformat() if capture.at else None,
        "why": clean(why(capture)),
        "migrations": [clean(one) for one in view.migrations],
        "deployed_by": clean(view.deployment.login),
        "key": clean(list(capture.key)),
        "columns": [{"name": clean(one.name), "type": clean(one.type)} for one in view.columns],
        "progress": clean(dict(capture.progress)),
        "first_rows": [_values(row) for row in view.rows],
        "first_changes": [_change(one) for one in view.noted],
    }


def told(view: AtticView) -> str:
    """The text of `haulback attic show`."""
    entry, capture = view.entry, view.entry.capture
    made = f"{capture.at:%Y-%m-%d %H:%M:%S %Z}" if capture.at else "at an unknown time"
    whose = f"of deployment {capture.number} ({entry.standing}) by {plain(view.deployment.login)}"
    lines = [
        f"capture {capture.id}: {capture.kind} {plain(capture.identity)}",
        f"  {plain(why(capture))}",
        f"  {whose}, {made}, {lasting(entry.seconds)} ago",
    ]
    if view.migrations:
        lines.append(f"  migration {', '.join(map(plain, view.migrations))}")
    if capture.holds_rows:
        rows = "not counted yet" if capture.rows is None else counted(capture.rows, "row")
        lines.append(f"  {rows}, {entry.size // _KIB:,} KiB, {entry.state}, checksum {entry.checksum or 'none'}")
    lines += [f"  {line}" for line in _progress(capture)]
    lines += [f"  left behind: {plain(reason)}: {counted(rows, 'row')}" for reason, rows in entry.left.items()]
    if view.columns:
        lines += ["", "columns", *aligned([(one.name, one.type, _role(capture, one.name)) for one in view.columns])]
    if view.rows:
        names = [one.name for one in view.columns]
        cells = [[_cell(value) for value in _values(row).values()] for row in view.rows]
        lines += ["", "first rows", *aligned([names, *cells])]
    if view.noted:
        lines += ["", "first changes", *(f"  {_told_change(one)}" for one in view.noted)]
    return "\n".join(lines) + "\n"


def restored(merged: Merged) -> dict[str, Any]:
    """The document of `haulback attic restore`."""
    return {
        "ok": True,
        "exit": 0,
        "capture": merged.capture.id,
        "table": clean(merged.capture.identity),
        "captured": merged.captured,
        "merged": merged.merged,
        "present": merged.present,
        "left": clean(dict(merged.left)),
    }


def told_restored(merged: Merged) -> str:
    """The text of `haulback attic restore`."""
    left = ", ".join(f"{rows} {plain(reason)}" for reason, rows in merged.left.items()) or "none"
    return (
        f"{plain(merged.capture.identity)}: {merged.merged} of {merged.captured} rows brought back, "
        f"{merged.present} were there, left: {left}\n"
    )


def purged(captures: Sequence[Capture]) -> dict[str, Any]:
    """The document of `haulback attic purge`."""
    return {
        "ok": True,
        "exit": 0,
        "capture": captures[0].id if len(captures) == 1 else None,
        "purged": [
            {"id": one.id, "kind": one.kind.value, "identity": clean(one.identity), "rows": one.rows}
            for one in captures
        ],
    }


def told_purged(captures: Iterable[Capture]) -> str:
    """The text of `haulback attic purge`."""
    lines = [f"purged {one.kind} {plain(one.identity)}" for one in captures]
    return "\n".join(lines or ["nothing was kept"]) + "\n"


def why(capture: Capture) -> str:
    """The reason for which it is kept, in a sentence without a full stop."""
    told = _WHY.get((capture.keeps, capture.kind), _OTHERWISE[capture.keeps])
    return told.format(columns=", ".join(capture.columns))


def _entry(entry: AtticEntry) -> dict[str, Any]:
    capture = entry.capture
    return {
        "id": capture.id,
        "deployment": capture.number,
        "deployment_state": entry.standing or "unknown",
        "kind": capture.kind.value,
        "keeps": capture.keeps.value,
        "identity": clean(capture.identity),
        "rows": capture.rows,
        "bytes": entry.size,
        "seconds": round(entry.seconds),
        "state": entry.state,
        "checksum": capture.checksum,
        "checksum_state": entry.checksum or None,
        "left": clean(dict(entry.left)),
    }


def _line(entry: AtticEntry) -> tuple[str, ...]:
    capture = entry.capture
    number = f"{capture.number} {entry.standing}" if entry.standing == "sealed" else str(capture.number)
    rows = "?" if capture.rows is None else f"{capture.rows:,}"
    what = f"{capture.kind} {capture.identity}"
    size = f"{entry.size // _KIB:,}"
    return str(capture.id), number, rows, size, lasting(entry.seconds), entry.state, entry.checksum or "-", what


def _progress(capture: Capture) -> list[str]:
    """How far giving back has come, one line a part of it."""
    lines = []
    for part, mark in capture.progress.items():
        if part == "settled" or not isinstance(mark, Mapping):
            continue
        figures = ", ".join(f"{name} {value:,}" for name, value in mark.items() if type(value) is int)
        ended = "over" if mark.get("over") else "under way"
        lines.append(f"giving back, {plain(part)}: {ended}" + (f" ({figures})" if figures else ""))
    return lines


def _role(capture: Capture, name: str) -> str:
    if name in capture.key:
        return "key"
    if name in capture.detail.get("changed", ()):
        return "its type changed"
    return "tells whose row it is" if name in capture.user_columns else ""


def _change(row: NotedRow) -> dict[str, Any]:
    return {"event": row.event, "key": _values(row.key), "old": _values(row.old), "new": _values(row.new)}


def _told_change(row: NotedRow) -> str:
    key, old, new = _values(row.key), _values(row.old), _values(row.new)
    where = ", ".join(f"{plain(name)} {_cell(value)}" for name, value in key.items())
    if row.event == "update":
        what = "; ".join(f"{plain(name)}: {_cell(old[name])} -> {_cell(new[name])}" for name in old)
    else:
        what = "; ".join(f"{plain(name)}: {_cell(value)}" for name, value in (new or old).items())
    return f"{row.event} {where}: {what}" if where else f"{row.event}: {what}"


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose secrets are masked: those that their text shows, and whatever a column is named after."""
    return {str(clean(name)): _unsecret(name, value) for name, value in row.items()}


def _unsecret(name: str, value: Any) -> Any:
    named = f"{name}=x"
    return _MASK if value is not None and redact(named) != named else clean(value)


def _cell(value: Any) -> str:
    return "null" if value is None else plain(value)
