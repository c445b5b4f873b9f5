"""Access control lists, and the GRANTs that make one again in the same order.

An entry reads `grantee=letters/grantor`, a letter followed by `*` where it may be granted on. The order of
entries is kept: pg_dump prints it. A list that equals the server's default counts as none at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from haulback.pg.catalog.quoting import unquoted

# https://www.postgresql.org/docs/18/ddl-priv.html#PRIVILEGE-ABBREVS-TABLE
LETTERS = {
    "r": "SELECT",
    "w": "UPDATE",
    "a": "INSERT",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "m": "MAINTAIN",
    "X": "EXECUTE",
    "U": "USAGE",
    "C": "CREATE",
    "c": "CONNECT",
    "T": "TEMPORARY",
    "s": "SET",
    "A": "ALTER SYSTEM",
}
_ENTRY = re.compile(r'("(?:[^"]|"")*"|[^=]*)=([^/]*)/(.*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; grantee and grantor as SQL writes them, PUBLIC for everybody."""

    grantee: str
    plain: tuple[str, ...]
    grantable: tuple[str, ...]
    grantor: str


def parse(entry: str) -> Entry:
    """Parses one entry as aclitem prints it.

    Raises:
        ValueError: it is not one.
    """
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise ValueError(f"not an access control entry: {entry!r}")
    grantee, letters, grantor = match.groups()
    found = re.findall(r"([a-zA-Z])(\*?)", letters)
    return Entry(
        _role(grantee) if grantee else "PUBLIC",
        tuple(LETTERS[letter] for letter, star in found if not star),
        tuple(LETTERS[letter] for letter, star in found if star),
        _role(grantor),
    )


def grants(target: str, entries: Iterable[str], owner: str | None, *, columns: str = "", prefix: str = "") -> list[str]:
    """Returns the GRANTs for `entries`, in order, neighbours with equal privileges in one statement.

    `target` is what follows ON; `columns` a parenthesised column list; `prefix` what comes before GRANT. An
    entry that somebody other than `owner` granted is granted by that role.
    """
    statements: list[str] = []
    joinable: tuple[object, ...] = ()
    for entry in map(parse, entries):
        for privileges, option in ((entry.plain, ""), (entry.grantable, " WITH GRANT OPTION")):
            if not privileges:
                continue
            signature = (privileges, option, entry.grantor)
            if joinable == signature:
                statements[-1] = statements[-1].removesuffix(option) + f", {entry.grantee}{option}"
                continue
            named = ", ".join(f"{p} {columns}".rstrip() for p in privileges)
            statement = f"{prefix}GRANT {named} ON {target} TO {entry.grantee}{option}"
            foreign = owner is not None and unquoted(entry.grantor) != unquoted(owner)
            statements += _as(entry.grantor, statement) if foreign else [statement]
            # An entry with both kinds stays whole: the next grantee must not come between its halves.
            joinable = () if foreign or (entry.plain and entry.grantable) else signature
    return statements


def grantees(entries: Iterable[str]) -> list[str]:
    """Returns who is named in `entries`, each once, in order."""
    return list(dict.fromkeys(parse(entry).grantee for entry in entries))


def revoke_all(target: str, roles: Sequence[str], *, columns: str = "", prefix: str = "") -> list[str]:
    """Returns the statement that takes every privilege from `roles`."""
    if not roles:
        return []
    return [f"{prefix}REVOKE ALL {columns}".rstrip() + f" ON {target} FROM {', '.join(roles)} CASCADE"]


def difference(
    target: str, old: Sequence[str], new: Sequence[str], owner: str, *, columns: str = ""
) -> list[str] | None:
    """Returns what leads from `old` to `new` entry by entry, or None where their order needs them all anew.

    A grant to somebody who has an entry changes that; to others it goes to the end. Taking back what was granted
    on, and may be by nobody else's leave, would take what came of it, too.
    """
    before, after = _by_parties(old), _by_parties(new)
    staying = [parties for parties in before if parties in after]
    if [*staying, *(parties for parties in after if parties not in before)] != list(after):
        return None
    statements: list[str] = []
    for parties, entry in before.items():
        wanted = after.get(parties, Entry(entry.grantee, (), (), entry.grantor))
        passed_on = set(entry.grantable) - set(wanted.grantable)
        if passed_on - _may_pass_on(entry.grantee, after.values(), owner):
            return None
        lost = [one for one in LETTERS.values() if one in {*entry.plain, *entry.grantable}]
        lost = [one for one in lost if one not in {*wanted.plain, *wanted.grantable}]
        if passed_on - set(lost):
            return None
        statements += _changed("REVOKE", "FROM", lost, target, entry, owner, columns)
    for parties, entry in after.items():
        held = before.get(parties, Entry(entry.grantee, (), (), entry.grantor))
        gained = [one for one in entry.plain if one not in held.plain]
        statements += _changed("GRANT", "TO", gained, target, entry, owner, columns)
        gained = [one for one in entry.grantable if one not in held.grantable]
        statements += _changed("GRANT", "TO", gained, target, entry, owner, columns, " WITH GRANT OPTION")
    return statements


def _may_pass_on(grantee: str, entries: Iterable[Entry], owner: str) -> set[str]:
    """Returns what somebody may still grant on by `entries`, or need not any more since they granted nothing."""
    entries = list(entries)
    if unquoted(grantee) == unquoted(owner) or all(entry.grantor != grantee for entry in entries):
        return set(LETTERS.values())
    return {one for entry in entries if entry.grantee == grantee for one in entry.grantable}


def _by_parties(entries: Iterable[str]) -> dict[tuple[str, str], Entry]:
    return {(entry.grantee, entry.grantor): entry for entry in map(parse, entries)}


def _changed(
    verb: str,
    word: str,
    privileges: Sequence[str],
    target: str,
    entry: Entry,
    owner: str,
    columns: str,
    option: str = "",
) -> list[str]:
    if not privileges:
        return []
    named = ", ".join(f"{p} {columns}".rstrip() for p in privileges)
    statement = f"{verb} {named} ON {target} {word} {entry.grantee}{option}"
    return [statement] if unquoted(entry.grantor) == unquoted(owner) else _as(entry.grantor, statement)


def from_default(
    target: str, entries: list[str] | None, default: Sequence[str], owner: str, *, columns: str = ""
) -> list[str]:
    """Returns what leads from the server's default list to `entries` (None: the default itself)."""
    if entries is None:
        return []
    if entries[: len(default)] == list(default):
        return grants(target, entries[len(default) :], owner, columns=columns)
    return [
        *revoke_all(target, grantees(default), columns=columns),
        *grants(target, entries, owner, columns=columns),
    ]


def _as(role: str, statement: str) -> list[str]:
    return [f"SET LOCAL ROLE {role}", statement, "RESET ROLE"]


def _role(name: str) -> str:
    """Quotes a role for SQL: aclitem quotes by other rules, and would leave a keyword bare."""
    return '"' + unquoted(name).replace('"', '""') + '"'
