from __future__ import annotations

import pytest

from haulback.model.schema import FacetChange, ObjectKey, SchemaDifference
from haulback.rehearse.rehearsal import _heavy

MOOD = ObjectKey("type", "public.mood")


def difference(facet, before, after):
    return SchemaDifference((), (), (MOOD,), facets=(FacetChange(MOOD, facet, before, after),))


def test_an_added_enum_value_is_told():
    (note,) = _heavy(difference("labels", ["a"], ["a", "b"]))
    assert "public.mood anew" in note


@pytest.mark.parametrize(
    "other", [("labels", ["a", "b"], ["a"]), ("labels", ["a", "b"], ["b", "a"]), ("comment", None, "new")]
)
def test_nothing_else_is(other):
    assert _heavy(difference(*other)) == ()
