"""A database that takes no writes, or no sessions."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.settings import settings
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in settings(reading):
        if one.name in {"default_transaction_read_only", "transaction_read_only"} and one.is_on and one.kept:
            yield Found(
                one.seen,
                f"every write in a new session of {one.kept} fails from now on",
                subject=one.kept,
                advice="Close it by hand for as long as it must be; a migration would close it for good.",
            )
    for seen in reading.of("alter_database_stmt"):
        if any(_closes(one.def_elem) for one in seen.node.options):
            name = names.dotted(seen.node.dbname)
            yield Found(
                seen,
                f"nobody but a superuser can connect to the database {name} from now on",
                subject=name,
                advice="Close it by hand for as long as it must be; a migration would close it for good.",
            )


def _closes(option: Node) -> bool:
    if option.defname == "connection_limit":
        return bool(option.arg.integer.ival == 0)
    return option.defname == "allow_connections" and option.arg.string.sval.lower() in {"false", "off", "no", "0"}


RULE = Rule("database-closed", "A database is closed to writes or sessions", Family.CLIENTS, Level.WARN, _find)
