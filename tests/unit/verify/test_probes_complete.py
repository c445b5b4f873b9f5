"""The set of probes is complete: each has its page, each page its probe, each file the name of its probe."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.verify import probes as folder
from haulback.verify.validation import TITLES
from haulback.verify.verification import probes

DOCS = Path(__file__).parents[3] / "docs" / "probes"
FILES = Path(folder.__file__).parent


def test_every_probe_has_a_page_and_every_page_a_probe():
    assert {page.stem for page in DOCS.glob("*.md")} == probes().keys() | TITLES.keys()


def test_probes_and_validations_have_no_id_in_common():
    assert not probes().keys() & TITLES.keys()


@pytest.mark.parametrize("id_", sorted(probes()))
def test_a_probe_is_named_like_its_file(id_):
    assert (FILES / f"{id_.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize(("id_", "title"), sorted({**{i: p.title for i, p in probes().items()}, **TITLES}.items()))
def test_a_page_begins_with_id_and_title(id_, title):
    assert (DOCS / f"{id_}.md").read_text(encoding="utf-8").startswith(f"# {id_}\n\n{title}.\n")
