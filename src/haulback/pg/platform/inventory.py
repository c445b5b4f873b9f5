"""What a PostgreSQL installation can give of what hosted Supabase has; for `haulback doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from haulback.pg.binaries import Binaries
from haulback.pg.platform import standins


@dataclass(frozen=True, slots=True, order=True)
class ExtensionStatus:
    """One extension on one installation.

    Attributes:
        name: of the extension.
        state: `real` where the installation has it, `stand-in` where a stand-in takes its place (what that
            cannot do raises an error), `absent` where a migration that creates it gets an empty one.
    """

    name: str
    state: Literal["real", "stand-in", "absent"]


def extensions(binaries: Binaries) -> tuple[ExtensionStatus, ...]:
    """Every extension that hosted Supabase offers or the installation has, by name."""
    real = standins.available(binaries)
    return tuple(
        ExtensionStatus(name, "real" if name in real else "stand-in" if standins.find(name) else "absent")
        for name in sorted(real | standins.names() | standins.PRIVILEGED)
    )
