from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.verify.reach import Baseline, Sample, unmeasured, widenings

ADA, BEN = UUID(int=1), UUID(int=2)
KEY = ("public.notes", "authenticated", "SELECT")

seen = st.none() | st.integers(0, 100)
samples = st.dictionaries(
    st.sampled_from(["public.a", "public.b"]),
    st.builds(Sample, owners=st.sampled_from([(), (ADA,), (ADA, BEN)]), anonymous=seen, foreign=seen),
)
reaches = st.dictionaries(
    st.tuples(
        st.sampled_from(["public.a", "public.b"]),
        st.sampled_from(["anon", "authenticated"]),
        st.sampled_from(["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ),
    st.sampled_from(["none", "some", "all"]),
)
baselines = st.builds(Baseline, reach=reaches, samples=samples)


def baseline(how="some", anonymous=0, foreign=0, owners=(ADA, BEN)):
    return Baseline({KEY: how}, {"public.notes": Sample(owners, anonymous, foreign)})


@given(baselines)
def test_nothing_widens_where_nothing_changed(one):
    assert widenings(one, one) == ()


@given(baselines)
def test_new_tables_are_not_widened(one):
    assert widenings(Baseline(), one) == ()


@given(baselines, baselines)
def test_what_widens_does_not_widen_on_the_way_back(before, after):
    there = {one.what for one in widenings(before, after)}
    back = {one.what for one in widenings(after, before)}
    assert not there & back


@pytest.mark.parametrize("change", [{"anonymous": 1}, {"foreign": 100}, {"how": "all"}])
def test_each_way_of_reaching_further_is_proved_by_rows_of_users(change):
    (found,) = widenings(baseline(), baseline(**change))
    assert found.proved


def test_an_open_table_without_rows_of_users_is_not_proved():
    (found,) = widenings(baseline(owners=()), baseline("all", owners=()))
    assert not found.proved


def test_more_rows_of_what_was_public_before_are_no_widening():
    assert widenings(baseline("all", 57, 57), baseline("all", 58, 100)) == ()


def test_narrowing_is_no_widening():
    assert widenings(baseline("all", 57, 57), baseline("none", 0, 0)) == ()


def test_what_could_not_be_read_is_told():
    assert unmeasured(baseline(), baseline(foreign=None)) == ("public.notes",)
    assert unmeasured(baseline(), baseline()) == ()
    assert unmeasured(baseline(owners=(), foreign=None), baseline()) == ()
