"""Tables, partitioned tables and partitions."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.pg.catalog.kind import Alteration, Facts, Impossible, Kind
from haulback.pg.catalog.quoting import option_list


class Table(Kind):
    id = "table"
    rank = 30
    noun = "TABLE"
    bears_data = True
    grant_noun = "TABLE"

    def make(self, facts: Facts) -> list[str]:
        return [*self.make_with(facts, ()), *self.attach(facts)]

    def make_with(self, facts: Facts, columns: Sequence[str]) -> list[str]:
        """Returns what makes the table with `columns`, each a clause, in order.

        A partition is made like any table and attached later, as pg_dump does, which keeps its own order of
        columns; a child lists only its own columns and inherits the others.
        """
        words = ["CREATE UNLOGGED TABLE" if facts["unlogged"] else "CREATE TABLE", facts["identity"]]
        words.append("(" + ",".join(f"\n    {c}" for c in columns) + ")" if columns else "()")
        if "parents" in facts and "bound" not in facts:
            words.append(f"INHERITS ({', '.join(facts['parents'])})")
        if "partition_key" in facts:
            words.append(f"PARTITION BY {facts['partition_key']}")
        if "access_method" in facts:
            words.append(f"USING {facts['access_method']}")
        if facts.get("options"):
            words.append(f"WITH ({option_list(facts['options'])})")
        statements = [" ".join(words)]
        if "of_type" in facts:
            statements.append(f"ALTER TABLE {facts['identity']} OF {facts['of_type']}")
        return statements

    def attach(self, facts: Facts) -> list[str]:
        """Returns what makes a partition of the table."""
        if "bound" not in facts:
            return []
        return [f"ALTER TABLE ONLY {facts['parents'][0]} ATTACH PARTITION {facts['identity']} {facts['bound']}"]

    def finish(self, facts: Facts) -> list[str]:
        alter = f"ALTER TABLE ONLY {facts['identity']}"
        statements = []
        if facts["row_security"]:
            statements.append(f"{alter} ENABLE ROW LEVEL SECURITY")
        if facts["force_row_security"]:
            statements.append(f"{alter} FORCE ROW LEVEL SECURITY")
        if facts.get("replica_identity") in {"full", "nothing"}:
            statements.append(f"{alter} REPLICA IDENTITY {facts['replica_identity'].upper()}")
        return statements

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        if "partition_key" in facets:
            raise Impossible("how a table is partitioned cannot be altered")
        name = new["identity"]
        alter = f"ALTER TABLE ONLY {name}"
        statements: list[str] = []
        if "unlogged" in facets:
            statements.append(f"{alter} SET {'UNLOGGED' if new['unlogged'] else 'LOGGED'}")
        if "access_method" in facets:
            statements.append(f"{alter} SET ACCESS METHOD {new.get('access_method', 'heap')}")
        first: list[str] = []
        if facets & {"bound", "parents"}:
            first = _leave_parents(old, new)
            statements += _join_parents(old, new)
        if "of_type" in facets:
            statements.append(f"{alter} OF {new['of_type']}" if "of_type" in new else f"{alter} NOT OF")
        if "options" in facets:
            statements += change_options(alter, old, new)
        if "replica_identity" in facets and new.get("replica_identity") != "index":
            statements.append(f"{alter} REPLICA IDENTITY {new.get('replica_identity', 'default').upper()}")
        if "row_security" in facets:
            statements.append(f"{alter} {'ENABLE' if new['row_security'] else 'DISABLE'} ROW LEVEL SECURITY")
        if "force_row_security" in facets:
            statements.append(f"{alter} {'FORCE' if new['force_row_security'] else 'NO FORCE'} ROW LEVEL SECURITY")
        return Alteration(tuple(statements), first=tuple(first))


def change_options(alter: str, old: Facts, new: Facts) -> list[str]:
    """Returns what leads from one set of storage parameters to the other, in the other's order: dumps show it."""
    gone = [option.partition("=")[0] for option in old.get("options", ())]
    put = option_list(new.get("options", ()))
    return [
        *([f"{alter} RESET ({', '.join(gone)})"] if gone else []),
        *([f"{alter} SET ({put})"] if put else []),
    ]


def _leave_parents(old: Facts, new: Facts) -> list[str]:
    before, after = old.get("parents", []), new.get("parents", [])
    if "bound" in old:
        return [f"ALTER TABLE ONLY {before[0]} DETACH PARTITION {new['identity']}"]
    return [f"ALTER TABLE ONLY {new['identity']} NO INHERIT {parent}" for parent in before if parent not in after]


def _join_parents(old: Facts, new: Facts) -> list[str]:
    if "bound" in new:
        return KIND.attach(new)
    before = [] if "bound" in old else old.get("parents", [])
    if any(parent not in before for parent in new.get("parents", [])):
        raise Impossible("a table that inherits again keeps as its own the columns it had inherited")
    return []


KIND = Table()
