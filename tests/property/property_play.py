"""Plays one example from the beginning to the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from property_migrations import EVERYTHING, Change, commits_by_itself
from property_oracle import judge
from property_schema import Base
from property_users import Users, Write
from property_world import Present, World, back, deploy, tried, world

from haulback.errors import HaulbackError
from haulback.model.schema import Schema
from haulback.pg.cluster import Running

# Here nothing is rehearsed, so that it takes a second and not five. A rehearsal goes back as well, meets these, and the
# plan is refused: columns added to tables without any key, and NOT NULL of partitions on PostgreSQL 18.
KNOWN = ("taking it back would lose column", "not_null_inherited", "is marked NOT NULL in parent table")


@dataclass(frozen=True)
class Played:
    """What came of an example: how it ended, what is wrong, and the whole story for a person."""

    ending: str
    wrong: list[str]
    told: str


class Way(Protocol):
    """How the commands are run."""

    def deploy(
        self, made: World, users: Users, rehearsed: tuple[Schema, Schema], changes: tuple[str, ...]
    ) -> HaulbackError | None: ...

    def back(self, made: World, users: Users) -> HaulbackError | None: ...


class Straight:
    """To their end, in this process."""

    def deploy(
        self, made: World, users: Present, rehearsed: tuple[Schema, Schema], changes: tuple[str, ...]
    ) -> HaulbackError | None:
        return deploy(made, users, rehearsed, changes)

    def back(self, made: World, users: Present) -> HaulbackError | None:
        return back(made, users)


def play(
    server: Running,
    folder: Path,
    home: Path,
    base: Base,
    change: Change,
    written: tuple[Write, ...],
    predicted: str,
    way: Way | None = None,
) -> Played:
    """Deploys and takes back.

    Args:
        server: see conftest.
        folder: for the project.
        home: for the servers.
        base: what there is.
        change: the migration; what of it does not run is left out.
        written: by users.
        predicted: whether the rehearsal saw that rows change: "all" or "none".
        way: how the commands are run; straight to their end by default.
    """
    way = way or Straight()
    with world(server, folder, home, base) as made:
        change, before, after = tried(made, change)
        if not change.statements:
            return Played("nothing", [], "")
        if commits_by_itself(change):
            predicted = "all"
        made.write(change)
        with made.connect() as connection:
            users = Users(connection, base, written)
            there = tuple(sorted(key.identity for key in before.objects if key.kind == "table"))
            failure = way.deploy(made, users, (before, after), there if predicted == "all" else ())
            users.rows()
            ending = "deployed"
            wrong: list[str] = []
            if failure is None:
                users.moment("after", 99)
                users.rows()
                failure = way.back(made, users)
                ending = "taken back"
            else:
                ending = f"failed: {failure}"
            if not EVERYTHING and failure is not None and any(one in str(failure) for one in KNOWN):
                return Played(f"refused by a rehearsal: {failure}", [], "")
            if failure is not None and failure.exit_code == 5:
                wrong.append(f"incomplete: {failure}")
            elif failure is not None and ending == "taken back":
                wrong.append(f"not taken back: {failure}")
            if not wrong:
                wrong = judge(made, users, before)
        return Played(ending, wrong, _story(base, change, users, ending, predicted))


def _story(base: Base, change: Change, users: Users, ending: str, predicted: str) -> str:
    parts = [
        ";\n".join(base.statements),
        ";\n".join(base.rows),
        f"-- the migration{' in parts' if change.parts else ''}, second file from {change.second}, predicted {predicted}",
        ";\n".join(change.statements),
        "-- users",
        "\n".join(users.ledger.told),
        f"-- {ending}",
    ]
    return "\n".join(parts)
