"""plan with its rehearsal: what a pull request wants to know before anything is touched."""

from __future__ import annotations

from looking_project import DEPLOY, Project


def test_what_the_shadow_told(project: Project) -> None:
    assert project.run(*DEPLOY).exit == 0
    project.migration("20260102000000_drop_note.sql", "alter table public.orders drop column note;\n")
    ended = project.run("plan", "--json", "--report", "plan.md")
    rehearsal = ended.document["rehearsal"]
    assert rehearsal["reversible"] is True
    assert [one["kind"] for one in rehearsal["statements"]] == ["alter table"]
    assert any("column" in one and "note" in one and one.startswith("-") for one in rehearsal["changes"])
    assert [one["mode"] for unit in rehearsal["units"] for one in unit["locks"]] == ["AccessExclusiveLock"]
    told = (project.folder / "plan.md").read_text(encoding="utf-8")
    assert "### Statements that destroy" in told
    assert "**can be taken back**" in told
    assert "`AccessExclusiveLock`" in told


def test_a_plan_that_does_not_run_is_refused_and_still_shown(project: Project) -> None:
    project.migration("20260102000000_typo.sql", "alter table public.ordres add column x int;\n")
    ended = project.run("plan", "--json")
    assert ended.exit == ended.document["exit"] == 3
    assert ended.document["rehearsal"] is None
    assert any("ordres" in one for one in ended.document["blocking"])
    assert [one["name"] for one in ended.document["migrations"]] == ["orders", "typo"]
