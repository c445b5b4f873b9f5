"""Prefer, and what is said to have been heeded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.answer import Refusal
from haulback.gateway.preferences import Preferences, preferences, refuse_unknown


def test_each_preference_is_read_whatever_the_space_around_it():
    header = "count=exact,    tx=commit   ,return=representation , missing=default, handling=strict, anything"
    assert preferences(header, tx_allowed=True) == Preferences(
        count="exact",
        tx="commit",
        returned="representation",
        missing="default",
        handling="strict",
        invalid=("anything",),
    )


def test_the_first_of_two_counts():
    assert preferences("resolution=ignore-duplicates,resolution=merge-duplicates").resolution == "ignore-duplicates"


def test_tx_is_known_but_not_heeded_where_clients_may_not_choose():
    assert preferences("tx=rollback") == Preferences()


@pytest.mark.parametrize(
    ("text", "number"), [("100", 100), ("-1", -1), ("x", None), ("", None), ("9" * 5000, None), ("٣", None)]
)
def test_max_affected_is_a_whole_number(text: str, number: int | None):
    found = preferences(f"max-affected={text}")
    assert (found.max_affected, found.invalid) == (number, ())


def test_strict_handling_refuses_what_it_does_not_know():
    with pytest.raises(Refusal) as refused:
        refuse_unknown(preferences("handling=strict, something, else, return=all"))
    assert (refused.value.status, refused.value.code) == (400, "PGRST122")
    assert refused.value.details == "Invalid preferences: something, else, return=all"


def test_lenient_handling_lets_it_pass():
    refuse_unknown(preferences("handling=lenient, something"))


def test_what_was_heeded_is_named_in_the_contracts_order():
    header = "max-affected=3, timezone=UTC, handling=strict, count=exact, return=minimal, missing=null, resolution=merge-duplicates"
    assert preferences(header).applied() == (
        "resolution=merge-duplicates, missing=null, return=minimal, count=exact, handling=strict, timezone=UTC, max-affected=3"
    )


def test_max_affected_is_not_applied_without_strict_handling():
    assert preferences("max-affected=3").applied() is None


@given(st.text(max_size=200))
def test_any_header_is_read(header: str):
    found = preferences(header, tx_allowed=True)
    assert all(text in header for text in found.invalid)
