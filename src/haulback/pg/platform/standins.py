"""Stand-ins for extensions that the server does not have.

Each is one file `standins/<name>.sql`, whose first line is `-- standin NAME VERSION [SCHEMA]`. A line
`--! FUNCTION(ARGUMENTS) returns TYPE` stands for a function that raises an error which names the extension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from haulback.pg.binaries import Binaries

_HEAD = re.compile(r"-- standin (?P<name>\S+) (?P<version>\S+)(?: (?P<schema>\S+))?\n")
_RAISES = re.compile(r"^--! (?P<signature>.+?) returns (?P<result>.+)$", re.MULTILINE)
_FUNCTION_NAME = re.compile(r'[\w".]+')

# What hosted Supabase lets `postgres` create although PostgreSQL does not trust it (supautils'
# privileged_extensions, as far as PostgreSQL ships them).
PRIVILEGED = frozenset({
    "autoinc", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int", "dict_xsyn",
    "earthdistance", "fuzzystrmatch", "hstore", "insert_username", "intarray", "isn", "ltree", "moddatetime",
    "pg_prewarm", "pg_stat_statements", "pg_trgm", "pg_walinspect", "pgcrypto", "pgrowlocks", "pgstattuple",
    "postgres_fdw", "refint", "seg", "sslinfo", "tablefunc", "tcn", "tsm_system_rows", "tsm_system_time",
    "unaccent", "uuid-ossp", "vector",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandIn:
    """One stand-in.

    Attributes:
        name: of the extension.
        version: of the release it stands for.
        schema: the one schema it can be in; None where any will do.
        script: SQL, to be run with its schema first on the search path.
    """

    name: str
    version: str
    schema: str | None
    script: str


def sql_for(name: str) -> str | None:
    """The SQL that stands in for an extension; None where we have no stand-in for it."""
    found = find(name)
    return found.script if found else None


def find(name: str) -> StandIn | None:
    """The stand-in for an extension, or None."""
    return _all().get(name)


def empty(name: str) -> StandIn:
    """A stand-in with nothing in it, for an extension that we know nothing of."""
    return StandIn(name=name, version="1.0", schema=None, script="SELECT 1;\n")


def names() -> frozenset[str]:
    """Every extension there is a stand-in for."""
    return frozenset(_all())


def available(binaries: Binaries) -> frozenset[str]:
    """Every extension that the server itself has."""
    return frozenset(p.name.removesuffix(".control") for p in _control_folder(binaries).glob("*.control"))


def write_controls(folder: Path, binaries: Binaries) -> None:
    """Writes the files that `extension_control_path` leads to: stand-ins, and what `postgres` may create.

    Contrib modules that hosted Supabase lets `postgres` create are given control files that say `trusted`.
    """
    target = folder / "extension"
    target.mkdir(parents=True, exist_ok=True)
    real = available(binaries)
    for stand_in in _all().values():
        if stand_in.name not in real:
            write_control(folder, stand_in)
    for name in sorted(real & PRIVILEGED):
        for source in _control_folder(binaries).glob(f"{name}--*.sql"):
            _put(target / source.name, source.read_text(encoding="utf-8"))
        control = (_control_folder(binaries) / f"{name}.control").read_text(encoding="utf-8")
        kept = "\n".join(line for line in control.splitlines() if not line.startswith("trusted"))
        _put(target / f"{name}.control", f"{kept}\ntrusted = true\n")


def write_control(folder: Path, stand_in: StandIn) -> None:
    """Writes one stand-in's control file and script below `folder`."""
    where = f"schema = '{stand_in.schema}'\n" if stand_in.schema else ""
    control = (
        f"comment = 'stand-in by haulback for {stand_in.name}'\n"
        f"default_version = '{stand_in.version}'\n{where}trusted = true\nsuperuser = true\n"
        f"relocatable = {'false' if stand_in.schema else 'true'}\n"
    )
    # The script first: an extension exists once its control file does.
    _put(folder / "extension" / f"{stand_in.name}--{stand_in.version}.sql", stand_in.script)
    _put(folder / "extension" / f"{stand_in.name}.control", control)


def _put(path: Path, text: str) -> None:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def _control_folder(binaries: Binaries) -> Path:
    return binaries.share_dir / "extension"


@cache
def _all() -> dict[str, StandIn]:
    folder = resources.files(__package__) / "standins"
    found = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        text = file.read_text(encoding="utf-8")
        head = _HEAD.match(text)
        if head is None:
            message = f"{file.name} does not begin with a stand-in's first line"
            raise ValueError(message)
        found[head["name"]] = StandIn(head["name"], head["version"], head["schema"], _expand(head["name"], text))
    return found


def _expand(extension: str, text: str) -> str:
    def function(match: re.Match[str]) -> str:
        named = _FUNCTION_NAME.match(match["signature"])
        name = named[0] if named else match["signature"]
        told = f'extension "{extension}" is a stand-in here: {name}() cannot be called'.replace("'", "''")
        return (
            f"CREATE FUNCTION {match['signature']} RETURNS {match['result']} LANGUAGE plpgsql AS $standin$\n"
            f"BEGIN\n    RAISE EXCEPTION '{told}' USING ERRCODE = 'feature_not_supported';\nEND\n$standin$;"
        )

    return _RAISES.sub(function, text)
