"""Each lint finds its bad example and nothing in its good one, on a database with the platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.advice.running import lints
from haulback.model.advice import Looked

EXPOSED = ("public", "pgmq_public")
_FINDS = "-- finds: "
EXAMPLES = Path(__file__).parent / "examples"


def text(name: str, kind: str) -> bytes:
    return (EXAMPLES / name / f"{kind}.sql").read_bytes()


def expected(name: str) -> set[str]:
    """The cache keys that the head of a bad example names."""
    lines = text(name, "bad").decode().splitlines()
    return {line.removeprefix(_FINDS) for line in lines if line.startswith(_FINDS)}


@pytest.mark.parametrize("name", lints())
def test_bad(name, example, ask):
    example.execute(text(name, "bad"))

    answer = ask(example, name, EXPOSED)

    assert (answer.looked, answer.reason) == (Looked.RAN, "")
    assert {one.cache_key for one in answer.found} == expected(name)
    for one in answer.found:
        assert one.cache_key.startswith(lints()[name].prefix)
        assert "{" not in one.detail + one.remediation


@pytest.mark.parametrize("name", lints())
def test_good(name, example, ask):
    example.execute(text(name, "good"))

    answer = ask(example, name, EXPOSED)

    assert (answer.looked, answer.reason) == (Looked.RAN, "")
    assert [one.detail for one in answer.found] == []
