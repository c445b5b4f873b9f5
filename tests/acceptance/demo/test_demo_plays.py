"""`haulback demo` plays all its acts, small, and each ends as it says."""

from __future__ import annotations


def test_all_acts_end_as_they_should(site, tmp_path):
    ended = site.run("demo", "--users", "20", "--events", "500", environment={"HAULBACK_HOME": str(tmp_path / "home")})
    assert ended.exit == 0, ended.stdout + ended.stderr
    document = ended.document
    assert document["stopped_by_contract"] is True
    assert document["resumed_after_kill"] is True
    assert document["rolled_back"] is True
    assert (document["rows_lost"], document["values_lost"], document["requests_failed"]) == (0, 0, 0)
    assert "refused: " in ended.stdout
    assert "the app, 3.2 needs to select public.notes.body [client-need-unmet]" in ended.stdout
