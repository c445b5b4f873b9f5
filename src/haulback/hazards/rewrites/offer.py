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

    def told(self, advice: str) -> str:
        """The advice of a hazard, with the reason as a sentence behind it where nothing is offered."""
        return f"{advice} No rewrite is offered: {self.reason}." if self.reason else advice


class NotOffered(Exception):
    """Ends the making of a rewrite; its text is the reason."""
