"""Why a request, or one of its fields, gets no answer."""

from __future__ import annotations


class Refused(Exception):
    """An error of the contract; str() is the message that the client gets."""

    @property
    def message(self) -> str:
        return str(self)


class Unseen(Refused):
    """One that names what the role does not see: it may have been granted just now, of which nobody tells."""


class NoData(Refused):
    """One that ends the whole request before a field was looked at: the answer has no `data` at all."""
