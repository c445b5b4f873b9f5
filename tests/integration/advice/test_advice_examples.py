"""Each lint finds its bad example and nothing in its good one, on a database with the platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.advice.running import lints
from haulback.model.advice import Looked

EXAMPLES = Path(__file__).parent / "examples"


def text(name: str, kind: str) -> bytes:
    return (EXAMPLES / name / f"{kind}.sql").read_bytes()


@pytest.mark.parametrize("name", lints())
def test_bad(name, example, ask):
    example.execute(text(name, "bad"))

    answer = ask(example, name)

    assert (answer.looked, answer.reason) == (Looked.RAN, "")
    assert answer.found
    for one in answer.found:
        assert one.cache_key.startswith(lints()[name].prefix)
        assert "{" not in one.detail + one.remediation


@pytest.mark.parametrize("name", lints())
def test_good(name, example, ask):
    example.execute(text(name, "good"))

    answer = ask(example, name)

    assert (answer.looked, answer.reason) == (Looked.RAN, "")
    assert [one.detail for one in answer.found] == []
