"""For any schema, rows, migration and writes of users: taken back, the schema is what it was, and so is every row
that no user touched; and every write of a user is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from property_migrations import changes
from property_play import play
from property_schema import bases
from property_users import writes

from haulback.pg.cluster import Running

EXAMPLES = int(os.environ.get("HAULBACK_EXAMPLES", "40"))


@pytest.mark.timeout(0 if EXAMPLES > 100 else 600)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 100,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(drawn=st.data())
def test_what_nobody_touched_comes_back_and_what_users_wrote_stays(
    property_server: Running, property_home: Path, tmp_path_factory: pytest.TempPathFactory, drawn: st.DataObject
) -> None:
    base = drawn.draw(bases())
    change = drawn.draw(changes(base))
    written = drawn.draw(writes())
    predicted = drawn.draw(st.sampled_from(("all", "all", "none")))
    played = play(property_server, tmp_path_factory.mktemp("project"), property_home, base, change, written, predicted)
    note(played.told)
    assert played.wrong == []
