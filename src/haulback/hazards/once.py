"""Remembers what was worked out for the object at hand: every rule asks for the same file, one file after another."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Subject = TypeVar("Subject")
Result = TypeVar("Result")


def for_each(work: Callable[[Subject], Result]) -> Callable[[Subject], Result]:
    """Keeps the result for the latest argument, told by its identity: files and schemas cannot be hashed."""
    latest: list[tuple[weakref.ref[Subject], Result]] = []

    @wraps(work)
    def remembering(subject: Subject) -> Result:
        if latest and latest[0][0]() is subject:
            return latest[0][1]
        result = work(subject)
        latest[:] = [(weakref.ref(subject), result)]
        return result

    return remembering
