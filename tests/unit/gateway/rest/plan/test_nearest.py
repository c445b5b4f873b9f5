"""The name that somebody perhaps meant."""

from __future__ import annotations

import pytest

from haulback.gateway.rest.nearest import nearest


@pytest.mark.parametrize(
    ("name", "names", "least", "expected"),
    [
        ("projectx", ["projects", "clients"], 0.75, "projects"),
        ("projecxx", ["projects", "clients"], 0.75, "projects"),
        ("projxxxx", ["projects", "clients"], 0.75, None),
        ("film", ["films", "people"], 0.33, "films"),
        ("noclosealternative", ["films", "people"], 0.33, None),
        ("(val, param)", ["(name, param, val)", "(attr, id)"], 0.33, "(name, param, val)"),
        ("Films", ["films"], 0.75, "films"),
        ("", ["films"], 0.33, None),
        ("films", [], 0.33, None),
        ("f" * 10_000, ["films"], 0.33, None),
    ],
)
def test_nearest(name, names, least, expected):
    assert nearest(name, names, least=least) == expected
