"""What going back lost of the sample, told by multisets of row hashes."""

from __future__ import annotations

from collections import Counter

import pytest

from haulback.rehearse.rows import lost


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"public.a": Counter([1, 2])}, {"public.a": Counter([2, 1])}, ()),
        ({"public.a": Counter([1])}, {"public.a": Counter([1, 5])}, ()),
        ({"public.a": Counter()}, {}, ()),
        ({"public.a": Counter([1, 1])}, {"public.a": Counter([1])}, ("1 of 2 sample rows of public.a",)),
        ({"public.a": Counter([1, 2])}, {"public.a": Counter([1, 3])}, ("1 of 2 sample rows of public.a",)),
        ({"public.a": Counter([1, 2])}, {}, ("2 of 2 sample rows of public.a",)),
    ],
)
def test_lost(before: dict, now: dict, expected: tuple[str, ...]) -> None:
    assert tuple(line.removesuffix(" are not what they were") for line in lost(before, now)) == expected
