"""Hazards that only a rehearsal sees: all bad examples are one plan, all good ones another, each rehearsed once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from haulback.app import plan_report
from haulback.config.policy import default_policy
from haulback.model.hazard import Level, Source
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.report.subjects import PlanSubject

EXAMPLES = sorted(path for path in (Path(__file__).parent / "measured").iterdir() if path.is_dir())
NAMES = [path.name for path in EXAMPLES]
Planner = Callable[[str], PlanSubject]


@pytest.fixture
def planned(database, tmp_path) -> Planner:
    def plan(kind: str) -> PlanSubject:
        with database.connect(autocommit=True) as connection:
            for example in EXAMPLES:
                connection.execute((example / "before.sql").read_bytes())
        folder = tmp_path / "migrations"
        folder.mkdir()
        for number, example in enumerate(EXAMPLES, start=1):
            (folder / f"{number}_{example.name}.sql").write_bytes((example / f"{kind}.sql").read_bytes())
        target = Target(
            "there",
            Environment.PRODUCTION,
            {key: str(value) for key, value in conninfo_to_dict(database.conninfo()).items()},
            default_policy(Environment.PRODUCTION),
        )
        clients = tmp_path / "clients.toml"
        clients.write_text("\n".join(file.read_text() for file in sorted(EXAMPLES[0].parent.glob("*/clients.toml"))))
        settings = Settings(
            root=tmp_path,
            home=tmp_path / "home",
            migrations=folder,
            targets={"there": target},
            default_target="there",
            clients=clients,
            requests=EXAMPLES[0].parent,
        )
        return plan_report.report(settings, target, plan_report.Request())

    return plan


def hazards(subject: PlanSubject, name: str) -> list:
    assert subject.rehearsal is not None, subject.refusals
    assert subject.hazards is not None
    found = [one for one in subject.hazards.hazards if one.id == name.replace("_", "-")]
    assert all(one.source is Source.REHEARSAL for one in found)
    return found


def test_every_bad_example_raises_its_hazard(planned):
    subject = planned("bad")
    assert {name: bool(hazards(subject, name)) for name in NAMES} == dict.fromkeys(NAMES, True)
    strained = hazards(subject, "contract_strained")  # by REST and by GraphQL
    assert {one.file.stem.partition("_")[2] for one in strained} == {"contract_strained"}
    (widened,) = hazards(subject, "reach_widened")
    assert "one user sees 1 rows of another" in widened.told
    assert widened.level is Level.BLOCK
    # Twenty rows are written anew before anybody could notice: the size makes it a note.
    (rewritten,) = hazards(subject, "table_rewritten")
    assert rewritten.level is Level.NOTE
    assert rewritten.seconds is not None
    # A text rule told of the check constraint: the measurement confirms it and is not told twice.
    scanned = [one for one in subject.hazards.hazards if one.line == 2 and "table_scanned" in one.file.name]
    assert len(scanned) == len({one.id for one in scanned})


def test_no_good_example_raises_its_hazard(planned):
    subject = planned("good")
    # In its own file: what one example does well may be what another warns of.
    own = {name: [one for one in hazards(subject, name) if one.file.stem.endswith(f"_{name}")] for name in NAMES}
    assert own == {name: [] for name in NAMES}
