"""The set of checks is complete: each has its page, each page its check, each file the name of its check."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback import checks as room
from haulback.checks.preflight import checks

DOCS = Path(__file__).parents[3] / "docs" / "checks"
FILES = Path(room.__file__).parent


def test_every_check_has_a_page_and_every_page_a_check():
    assert {page.stem for page in DOCS.glob("*.md")} == set(checks())


@pytest.mark.parametrize("id_", sorted(checks()))
def test_a_check_is_named_like_its_file_and_its_page(id_):
    assert (FILES / f"{id_.replace('-', '_')}.py").is_file()
    assert (DOCS / f"{id_}.md").read_text(encoding="utf-8").startswith(f"# {id_}\n\n{checks()[id_].title}.")
