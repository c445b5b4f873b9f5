"""The backups of a hosted project, told to a person and to a program."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from haulback.model.hosted import HostedBackups
from haulback.report.columns import aligned
from haulback.report.plain import clean, plain


def document(found: HostedBackups) -> dict[str, Any]:
    """The document of `haulback backup hosted`."""
    return {
        "ok": True,
        "exit": 0,
        "project": clean(found.ref),
        "region": clean(found.region),
        "point_in_time": found.point_in_time,
        "earliest": _text(found.earliest),
        "latest": _text(found.latest),
        "backups": [
            {"at": one.at.isoformat(), "status": clean(one.status), "physical": one.physical} for one in found.backups
        ],
    }


def told(found: HostedBackups) -> str:
    """The text of `haulback backup hosted`."""
    window = "point-in-time recovery is off"
    if found.point_in_time:
        window = f"any moment from {_text(found.earliest) or 'unknown'} to {_text(found.latest) or 'unknown'}"
    lines = [f"project {plain(found.ref)} in {plain(found.region)}: {window}"]
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M}", one.status, "physical" if one.physical else "logical") for one in found.backups
    ]
    lines += aligned(rows) or ["  no daily backups"]
    lines.append("  none of them was proved by restoring it here: haulback backup run, haulback backup verify")
    return "\n".join(lines) + "\n"


def restored(ref: str, moment: datetime, seconds: float) -> dict[str, Any]:
    """The document of `haulback restore hosted`."""
    return {"ok": True, "exit": 0, "project": ref, "to": moment.isoformat(), "seconds": round(seconds, 3)}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
