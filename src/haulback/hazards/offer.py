"""What a rule offers in the place of a statement, or why it offers nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """Either SQL or a reason.

    Attributes:
        rewrite: in the place of the whole statement; empty where none is offered.
        reason: why none is; lower-case, without a full stop.
    """

    rewrite: str = ""
    reason: str = ""

    @property
    def advice(self) -> str:
        """The reason as a sentence for a hazard; empty where a rewrite is offered."""
        return f"No rewrite is offered: {self.reason}." if self.reason else ""


class NotOffered(Exception):
    """Ends the making of a rewrite; its text is the reason."""
