"""Every hazard has a bad example that raises it, a good one that does not, and a page; and nothing has a page alone.

Examples lie in examples/NAME/, `bad*.sql` and `good*.sql`. Hazards that only a rehearsal sees have theirs in
tests/integration/hazards/measured/.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.app.linting import levels
from haulback.errors import HaulbackError
from haulback.hazards import rules as room
from haulback.hazards.linting import lint, rules
from haulback.hazards.scanning import Text
from haulback.migrations.parse import decoded
from haulback.model.hazard import Known, Source
from haulback.model.target import Environment

EXAMPLES = Path(__file__).parent / "examples"
MEASURED = Path(__file__).parents[2] / "integration" / "hazards" / "measured"
PAGES = Path(__file__).parents[3] / "docs" / "hazards"
FILES = Path(room.__file__).parent
BAD = sorted(EXAMPLES.glob("*/bad*.sql"))
GOOD = sorted(EXAMPLES.glob("*/good*.sql"))


def found_in(path):
    try:
        text = Text(path, decoded(path))
    except HaulbackError as failure:
        text = Text(path, problem=failure.message, hint=failure.hint)
    return lint([text], Known(), levels(Environment.PRODUCTION))


def id_of(path):
    return path.parent.name.replace("_", "-")


def named(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", BAD, ids=named)
def test_the_bad_example_raises_its_hazard(path):
    hit = [one for one in found_in(path).hazards if one.id == id_of(path)]
    assert hit
    for one in hit:
        assert one.told
        assert one.told[0].islower() or not one.told[0].isalpha() or one.told.split()[0].isupper()
        assert not one.told.endswith(".")
        assert one.line >= 1
        assert one.column >= 1
        assert one.advice or one.rewrite or one.source is Source.SQUAWK or one.id.endswith("-ignore")


@pytest.mark.parametrize("path", GOOD, ids=named)
def test_the_good_example_does_not(path):
    assert [one for one in found_in(path).hazards if one.id == id_of(path)] == []


@pytest.mark.parametrize("path", BAD, ids=named)
def test_a_rewrite_raises_the_hazard_no_more(path):
    hit = [one for one in found_in(path).hazards if one.id == id_of(path) and one.rewrite]
    for one in hit:
        again = lint([Text(path, one.rewrite)], Known(), levels(Environment.PRODUCTION), squawk=False)
        assert [other.told for other in again.hazards if other.id in {one.id, "not-sql"}] == []


def test_every_hazard_has_examples_and_every_example_a_hazard():
    for kind in ("bad", "good"):
        with_example = {path.parent.name for folder in (EXAMPLES, MEASURED) for path in folder.glob(f"*/{kind}*.sql")}
        assert {one.replace("_", "-") for one in with_example} == set(rules())


def test_every_hazard_has_a_page_and_every_page_a_hazard():
    assert {page.stem for page in PAGES.glob("*.md")} == set(rules())


@pytest.mark.parametrize("id_", sorted(rules()))
def test_a_hazard_is_named_like_its_file_and_its_page(id_):
    assert (FILES / f"{id_.replace('-', '_')}.py").is_file()
    page = (PAGES / f"{id_}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {id_}\n\n{rules()[id_].title}.")
    assert "**What to do.**" in page
