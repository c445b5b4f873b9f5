"""Where the role of a token is found: PostgREST's own examples, and what is no path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.model.role_path import RolePath, UnplaceableRole, UnreadablePath, role_path

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


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("$.role", {"role": "author"}),
        ("$.app.role", {"app": {"role": "author"}, "role": "author"}),
        ("$.role.of", {"role": {"of": "author"}}),
        ("$['https://www.example.com/role'].key", {**URL, "role": "author"}),
        ("$.roles[0]", {"roles": ["author"], "role": "author"}),
        ("$.roles[2].is", {"roles": [None, None, {"is": "author"}], "role": "author"}),
        ("$.roles[-2]", {"roles": ["author", None], "role": "author"}),
        ("$.roles[?(@ == 'author')]", {"roles": ["author"], "role": "author"}),
        ("$.roles[?search(@, '^au')]", {"roles": ["author"], "role": "author"}),
        ('.roles[?(@ !=  "other")]', {"roles": ["author"], "role": "author"}),
    ],
)
def test_where_a_role_is_put(path: str, claims: dict[str, object]) -> None:
    assert role_path(path).placed({"role": "another"}, "author") == claims


def test_what_else_is_claimed_stays() -> None:
    claims = {"sub": "x", "app": {"tenant": 7, "roles": ["a", "author"]}}
    assert role_path("$.app.role").placed(claims, "author")["app"] == {**claims["app"], "role": "author"}
    assert role_path("$.app.roles[1]").placed(claims, "author")["app"] == claims["app"]
    assert role_path("$.app.roles[?(@ == 'author')]").placed(claims, "author")["app"] == claims["app"]
    assert role_path("$.app.roles[?(@ == 'b')]").placed(claims, "b")["app"] == {
        "tenant": 7,
        "roles": ["a", "author", "b"],
    }
    assert claims == {"sub": "x", "app": {"tenant": 7, "roles": ["a", "author"]}}


@pytest.mark.parametrize(
    "path",
    [
        "$[0]",
        "$.sub",
        "$.sub.role",
        "$.app.role",
        "$.app[0]",
        "$.list[0]",
        "$.list[-3]",
        "$.list.x",
        "$.list[?(@ != 'x')]",
        "$.roles[?(@ == 'other')]",
        "$.roles[?(@ != 'author')]",
        "$.roles[999999999]",
        "$.roles[-999999999]",
        "$" + ".a" * 200,
    ],
)
def test_a_role_that_cannot_be_put_there_is_refused(path: str) -> None:
    with pytest.raises(UnplaceableRole):
        role_path(path).placed({"sub": "x", "app": {"role": "other"}, "list": ["other", 1]}, "author")


@given(
    steps=st.lists(st.sampled_from([".a", ".role", "['b']", "[0]", "[1]", "[-1]"]), min_size=1, max_size=5),
    filtered=st.sampled_from(["", "[?(@ == 'author')]", "[?(@ != 'other')]", "[?search(@, 'x')]"]),
    claims=st.dictionaries(
        st.sampled_from(["a", "b", "role"]),
        st.recursive(
            st.sampled_from([None, 1, "author", "other"]),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
            max_leaves=6,
        ),
    ),
)
def test_what_is_put_is_found(steps: list[str], filtered: str, claims: dict[str, object]) -> None:
    path = role_path("$" + "".join(steps) + filtered)
    try:
        made = path.placed(claims, "author")
    except UnplaceableRole:
        return
    assert path.found(made) == "author"
    assert made.keys() >= claims.keys() - {"role"}
