"""--format and --report: which format, where to, and what is written when a deployment fails."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from haulback.app import looking
from haulback.cli.ending import failures_reported
from haulback.cli.reporting import Destination, destination
from haulback.deploy.errors import DeploymentFailed
from haulback.errors import HaulbackError, UsageError
from haulback.model.deployment import Deployment
from haulback.model.settings import Settings

SETTINGS = Settings(Path(), Path(), Path(), {}, "local")
FAILED = Deployment(
    UUID(int=7), 7, "ab" * 32, {}, "local", "staging", "postgres", "ci", 42, datetime(2026, 1, 2, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [
        (None, "report.md", "markdown"),
        (None, "report.XML", "junit"),
        (None, "report.json", "json"),
        (None, "report", "text"),
        ("junit", "report.md", "junit"),
    ],
)
def test_format_of_a_file(form: str | None, name: str, expected: str, tmp_path: Path) -> None:
    found = destination(form, tmp_path / name, as_json=True)
    assert found.form is not None
    assert found.form.id == expected
    assert not found.takes_stdout


def test_nothing_asked_for_is_nothing_written() -> None:
    assert destination(None, None, as_json=True) == Destination(None, None)


def test_one_output_for_stdout() -> None:
    assert destination("junit", None, as_json=False).takes_stdout
    with pytest.raises(UsageError, match="both write to stdout"):
        destination("junit", None, as_json=True)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as refused:
        destination("yaml", None, as_json=False)
    assert refused.value.hint == "Known formats: json, junit, markdown, text."


def test_a_deployment_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "deployment", lambda *_: FAILED)
    report = destination(None, tmp_path / "report.md", as_json=False)
    with pytest.raises(DeploymentFailed), failures_reported(report, SETTINGS, "local"):
        raise DeploymentFailed(number=7, problem="no", advice="")
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("## Haulback deployment 7")


def test_an_unreadable_journal_does_not_hide_the_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object) -> Deployment:
        raise looking.NoSuchDeployment(number=7, target="local")

    monkeypatch.setattr(looking, "deployment", unreadable)
    report = destination(None, tmp_path / "report.md", as_json=False)
    with pytest.raises(DeploymentFailed), failures_reported(report, SETTINGS, "local"):
        raise DeploymentFailed(number=7, problem="no", advice="")
    assert not (tmp_path / "report.md").exists()


def test_a_refusal_before_there_is_a_deployment_writes_nothing(tmp_path: Path) -> None:
    report = destination(None, tmp_path / "report.md", as_json=False)
    with pytest.raises(HaulbackError), failures_reported(report, SETTINGS, "local"):
        raise UsageError(problem="no", hint="")
    assert list(tmp_path.iterdir()) == []
