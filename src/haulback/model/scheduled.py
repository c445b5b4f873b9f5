"""What a scheduled run did."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.model.backup import Proof
from haulback.model.drill import Drill


@dataclass(frozen=True, slots=True)
class Done:
    """What one run did.

    Attributes:
        taken: id of the backup of tables; empty where none was due.
        cluster: id of the backup of the cluster; empty where none was due, or none could be.
        proofs: what restoring showed.
        pruned: ids of backups that went; None where that was not due.
        drill: that was played; None where none was due, or none could be.
        notes: what was due and cannot be done as things are set up, and why.
    """

    taken: str = ""
    cluster: str = ""
    proofs: tuple[Proof, ...] = ()
    pruned: tuple[str, ...] | None = None
    drill: Drill | None = None
    notes: tuple[str, ...] = ()
