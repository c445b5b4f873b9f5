"""What a newer server says that an older one would not: left out, so that both can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# NOT NULL is a constraint with a name since 18; MAINTAIN is a privilege since 17; a membership says
# since 16 whether it is inherited and may be taken on.
_NAMED_NOT_NULL = 18
_MAINTAIN = 17
_MEMBERSHIP_OPTIONS = 16
_NOT_NULL = ("not_null_name", "_not_null_name", "not_null_inherited", "not_null_no_inherit", "not_null_unchecked")
_LISTS = ("acl", "_default_acl", "entries")
_MAINTAIN_LETTER = "m"


def as_of(facts: Mapping[str, Any], major: int) -> dict[str, Any]:
    """Returns `facts` as a server of `major` would have told them.

    Not so for the text of views: 15 names the table of every column, later ones only where there are several.
    """
    told = dict(facts)
    if major < _NAMED_NOT_NULL:
        for name in _NOT_NULL:
            told.pop(name, None)
    if major < _MEMBERSHIP_OPTIONS:
        told.pop("inherit_option", None)
        told.pop("set_option", None)
    if major < _MAINTAIN:
        for name in _LISTS:
            if name in told:
                told[name] = [_without_maintain(entry) for entry in told[name]]
    return told


def _without_maintain(entry: str) -> str:
    head, _, grantor = entry.rpartition("/")
    grantee, _, letters = head.rpartition("=")
    kept = letters.replace(f"{_MAINTAIN_LETTER}*", "").replace(_MAINTAIN_LETTER, "")
    return f"{grantee}={kept}/{grantor}"
