"""The result of `haulback seal`, told to a person and to a program."""

from __future__ import annotations

from typing import Any

from haulback.model.sealing import Sealed, Sealing
from haulback.report.plain import clean, counted, plain


def document(sealing: Sealing) -> dict[str, Any]:
    """The document of `haulback seal`."""
    return {
        "ok": True,
        "exit": 0,
        "target": clean(sealing.target),
        "sealed": [
            {
                "deployment": one.deployment.number,
                "id": str(one.deployment.id),
                "seconds": round(one.seconds),
                "forced": one.forced,
                "captures": [capture.id for capture in one.captures],
                "bytes": one.size,
                "purged": [capture.id for capture in one.purged],
            }
            for one in sealing.sealed
        ],
        "below": list(sealing.below),
    }


def told(sealing: Sealing) -> str:
    """The text of `haulback seal`."""
    if not sealing.sealed:
        return f"nothing to seal on {plain(sealing.target)}\n"
    lines = [_line(one) for one in sealing.sealed]
    if sealing.below:
        below = ", ".join(map(str, sealing.below))
        lines.append(f"  not sealed, and below a sealed one, so not to be taken back either: {below}")
    return "\n".join(lines) + "\n"


def _line(one: Sealed) -> str:
    parts = [f"deployment {one.deployment.number} is sealed and cannot be taken back any more"]
    if one.purged:
        parts.append(f"{counted(len(one.purged), 'capture')} purged")
    if one.captures:
        kept = f"{counted(len(one.captures), 'capture')} ({one.size / 1024:,.0f} KiB) may be purged"
        parts.append(f"{kept}: haulback attic purge --deployment {one.deployment.number}")
    return "; ".join(parts)
