"""Where the role of a token is found: PostgREST's own examples, and what is no path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.model.role_path import RolePath, UnreadablePath, role_path

ROLES = {"postgrest": {"roles": ["other", "author"]}}
URL = {"https://www.example.com/role": {"key": "author"}}


@pytest.mark.parametrize(
    ("path", "claims", "role"),
    [
        ("$.role", {"role": "author"}, "author"),
        ("$.role", {}, None),
        ("$.role", {"role": ["author"]}, ["author"]),
        ("$.postgrest.roles[1]", ROLES, "author"),
        ("$.postgrest.roles[-1]", ROLES, "author"),
        ("$.postgrest.roles[2]", ROLES, None),
        ("$.postgrest[1]", ROLES, None),
        ("$['https://www.example.com/role'].key", URL, "author"),
        ('$["https://www.example.com/role"].key', URL, "author"),
        ("$['it\\'s']", {"it's": "author"}, "author"),
        ("$.postgrest.roles[?(@ == 'author')]", ROLES, "author"),
        ("$.postgrest.roles[?@ == 'author']", ROLES, "author"),
        ("$.postgrest.roles[?(@ != 'other')]", ROLES, "author"),
        ("$.postgrest.roles[?search(@, '^au')]", ROLES, "author"),
        ("$.postgrest.roles[?search(@, '^x')]", ROLES, None),
        # The syntax before PostgREST 16.
        (".role", {"role": "author"}, "author"),
        (".postgrest.roles[1]", ROLES, "author"),
        ('."https://www.example.com/role".key', URL, "author"),
        ('.postgrest.roles[?(@ == "author")]', ROLES, "author"),
        ('.postgrest.roles[?(@ ^== "au")]', ROLES, "author"),
        ('.postgrest.roles[?(@ ==^ "or")]', ROLES, "author"),
        ('.postgrest.roles[?(@ *== "uth")]', ROLES, "author"),
        ('.postgrest.roles[?(@ != "other")]', ROLES, "author"),
    ],
)
def test_examples(path: str, claims: dict[str, object], role: object) -> None:
    assert role_path(path).found(claims) == role


@pytest.mark.parametrize(
    "path",
    [
        "",
        "$",
        "role",
        "$role",
        "$.role[",
        "$.role..x",
        "$.*",
        "$.roles[?(@ == 'a')].x",
        "$.roles[?search(@, '(')]",
        '$.roles[?(@ ^== "a")]',
        ".roles['x']",
        "$" + ".a" * 1000,
    ],
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(UnreadablePath):
        role_path(path)


@given(st.text(alphabet="$.[]()?@='\"\\ ^*!a1x", max_size=60), st.recursive(st.none() | st.text(), st.lists))
def test_any_text_is_a_path_or_is_refused(path: str, claim: object) -> None:
    try:
        found = role_path(path)
    except UnreadablePath:
        return
    assert isinstance(found, RolePath)
    found.found({"a": claim})
