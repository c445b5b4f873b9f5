"""Remembers what was made of short texts.

Names come back again and again; long texts are what somebody made up, and would only fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar, TypeVarTuple

_LONGEST = 128
_MOST = 4096

More = TypeVarTuple("More")
Result = TypeVar("Result")


def remembered(function: Callable[[str, *More], Result]) -> Callable[[str, *More], Result]:
    """The function, which must depend on its arguments alone."""
    known = lru_cache(maxsize=_MOST)(function)

    @wraps(function)
    def found(text: str, *more: *More) -> Result:
        return known(text, *more) if len(text) <= _LONGEST else function(text, *more)

    return found
