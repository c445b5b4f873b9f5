"""A join that is refused."""

from __future__ import annotations


class Rejected(Exception):
    """A join, or a new token, that is refused.

    Attributes:
        code: of Supabase's list of errors, or "".
        message: for who asked.
        reason: both, as a reply to a join has them.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def reason(self) -> str:
        return f"{self.code}: {self.message}" if self.code else self.message
