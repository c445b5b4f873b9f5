"""Names in the attic: they never clash, and a person sees at once what they are."""

from __future__ import annotations

SCHEMA = "haulback_attic"
_MOST = 63  # bytes; NAMEDATALEN - 1


def attic_name(number: int, oid: int | str, name: str) -> str:
    """`d<deployment>_<oid>_<name>`, cut to what the server keeps of a name; a tag may follow the oid.

    The oid keeps two names apart that are equal once cut; the cut never splits a character.
    """
    return cut(f"d{number}_{oid}_{name}")


def cut(name: str) -> str:
    """The first 63 bytes of a name, whole characters only."""
    return name.encode()[:_MOST].decode(errors="ignore")
