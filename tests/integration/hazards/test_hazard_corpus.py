"""One statement a hazard, against one shop: all are flagged, and every rewrite runs and leads to the same schema."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from haulback.app.linting import levels
from haulback.hazards.linting import lint
from haulback.hazards.rewrites.rewriting import rewritten
from haulback.hazards.scanning import Text
from haulback.migrations.parse import script
from haulback.model.hazard import Known, Level
from haulback.model.schema import compare
from haulback.model.target import Environment
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import SUPERUSER

FOLDER = Path(__file__).parent / "corpus"
SETUP = (FOLDER / "setup.sql").read_text(encoding="utf-8")
CORPUS = [
    (match[1], match[2].strip())
    for match in re.finditer(
        r"^-- expect: (\S+)\n(.*?)(?=^-- expect: |\Z)",
        (FOLDER / "hazards.sql").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
]
PRODUCTION = levels(Environment.PRODUCTION)
FILE = Path("1_hazard.sql")


@pytest.fixture
def shop(database):
    with database.connect(autocommit=True) as connection:
        connection.execute(SETUP.encode())
    return database


@pytest.fixture
def known(shop):
    with shop.connect(autocommit=True) as connection:
        return Known(schema=read(connection), major=connection.info.server_version // 10000)


def found(text, known=None):
    return lint([Text(FILE, text)], known or Known(), PRODUCTION).hazards


def test_it_is_large_enough():
    assert len(CORPUS) >= 60
    assert all(len(script(FILE, text).statements) == 1 for _, text in CORPUS)


def test_all_of_it_is_flagged_with_the_target_known(known):
    assert [(id_, text) for id_, text in CORPUS if id_ not in {one.id for one in found(text, known)}] == []


def test_all_of_it_is_flagged_by_the_text_alone():
    assert [(id_, text) for id_, text in CORPUS if id_ not in {one.id for one in found(text)}] == []


def test_every_rewrite_runs_and_leads_to_the_same_schema_without_the_hazard(shop, known):
    done = {}
    for number, (id_, text) in enumerate(CORPUS):
        draft = rewritten(text, FILE, known, PRODUCTION)
        if not draft.applied:
            continue
        again = [one for one in found(draft.text, known) if one.level is not Level.NOTE]
        applied = {one.id for one in draft.applied}
        assert [one for one in again if one.id in applied] == [], draft.text
        wanted = schema_after(shop, text)
        with copy(shop, number) as connection:
            run(connection, draft.text)
            got = read(connection)
        assert compare(wanted, got).lines() == (), f"{text}\n---\n{draft.text}"
        done[id_] = applied
    assert {
        "index-not-concurrent",
        "set-not-null",
        "check-validates",
        "foreign-key-validates",
        "volatile-default",
        "unique-constraint",
    } <= done.keys()


def schema_after(shop, text):
    """The schema that the statement itself leads to, in a transaction that is rolled back."""
    with shop.connect() as connection:
        connection.execute(text.encode())
        schema = read(connection)
        connection.rollback()
    return schema


def run(connection, text):
    """As a deployment does: units one after the other, in transactions where they allow one."""
    for unit in script(FILE, text).units:
        if unit.transactional:
            with connection.transaction():
                for statement in unit.statements:
                    connection.execute(statement.text.encode())
        else:
            connection.execute(unit.statements[0].text.encode())


class copy:  # noqa: N801 - used as a word
    def __init__(self, shop, number):
        self._shop, self._name = shop, f"{shop.name}_{number}"

    def __enter__(self):
        with psycopg.connect(self._shop.server.conninfo(SUPERUSER, "template1"), autocommit=True) as operator:
            operator.execute(
                f"create database {self._name} template {self._shop.name} owner postgres strategy file_copy"
            )
        self._connection = psycopg.connect(self._shop.server.conninfo("postgres", self._name), autocommit=True)
        return self._connection

    def __exit__(self, *_):
        self._connection.close()
        with psycopg.connect(self._shop.server.conninfo(SUPERUSER, "template1"), autocommit=True) as operator:
            operator.execute(f"drop database {self._name} with (force)")
