"""docs/configuration.md lists every setting and variable that is read, and none that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from haulback.config.loading import load
from haulback.config.policy import default_policy
from haulback.config.reading import Table
from haulback.model.target import Environment

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
TABLES = {
    "advice",
    "api",
    "api.graphql",
    "api.auth",
    "api.realtime",
    "backups",
    "contract",
    "deploy",
    "thresholds",
    "targets",
    "targets.NAME",
    "targets.NAME.policy",
    "targets.NAME.policy.hazards",
    "hazards",
    "objectives",
}
# Read where it is used, not with the settings.
ELSEWHERE = {"HAULBACK_PG_BIN", "HAULBACK_OS_USER", "HAULBACK_DEBUG", "NO_COLOR"}
MADE_BY_CLICK = {"HAULBACK_COMPLETE"}


class Recording(Mapping[str, str]):
    """An environment that notes what it was asked."""

    def __init__(self, **said: str) -> None:
        self.said = said
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self.said[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.said)

    def __len__(self) -> int:
        return len(self.said)


def first_cells() -> set[str]:
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], set[str]]:
    """(settings, variables) that loading asks for, where there is a target NAME."""
    (tmp_path / "haulback.toml").write_text(
        '[hazards]\nID = "note"\n[targets.NAME]\nurl = "postgresql://u@h/d"\npolicy.hazards.ID = "warn"\n',
        encoding="utf-8",
    )
    asked: set[str] = set()
    original = Table._ask

    def ask(self: Table, key: str, default: object) -> object:
        asked.add(self.name(key))
        return original(self, key, default)

    monkeypatch.setattr(Table, "_ask", ask)
    alone, with_url = Recording(), Recording(DATABASE_URL="postgresql://u@h/d")
    load(alone, tmp_path)
    load(with_url, tmp_path)
    return asked - TABLES, alone.asked | with_url.asked


def test_settings(read: tuple[set[str], set[str]]) -> None:
    documented = {one for one in first_cells() if one == one.lower() or one.startswith(("targets.", "hazards."))}
    assert documented == read[0]


def test_variables(read: tuple[set[str], set[str]]) -> None:
    documented = {one for one in first_cells() if one == one.upper()}
    assert documented - ELSEWHERE == read[1]


def test_every_variable_of_ours_in_the_sources_is_documented() -> None:
    sources = [one.read_text(encoding="utf-8") for one in (ROOT / "src").rglob("*.py") if one.name != "reference.py"]
    named = {name for text in sources for name in re.findall(r"\bHAULBACK_[A-Z_]+[A-Z]\b", text)}
    assert named - MADE_BY_CLICK <= first_cells()


@pytest.mark.parametrize("name", ["unknown_blocks", "rehearse", "loss_blocks"])
def test_policy_defaults_are_as_documented(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `targets.NAME.policy.{name}`"))
    documented = [cell.strip() for cell in row.split("|")[2:5]]
    assert documented == [str(getattr(default_policy(one), name)).lower() for one in Environment]


def test_the_example_loads(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    (tmp_path / "haulback.toml").write_text(example[1], encoding="utf-8")
    settings = load({}, tmp_path)
    assert settings.default_target == "staging"
    assert settings.targets["production"].approvers == {"alice": "devops", "bob": "dba"}
