"""The set of lints is complete: each has its query, its page and its examples, and none of these is left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.advice import lints as room
from haulback.advice.lint import Lint
from haulback.advice.running import lints

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "advice"
EXAMPLES = ROOT / "tests" / "integration" / "advice" / "examples"
FILES = Path(room.__file__).parent

# What the Supabase advisors ask, as of their lints 0001 to 0029 (0012 was withdrawn).
ADVISORS = {
    "anon_security_definer_function_executable",
    "auth_rls_initplan",
    "auth_users_exposed",
    "authenticated_security_definer_function_executable",
    "duplicate_index",
    "extension_in_public",
    "extension_versions_outdated",
    "fkey_to_auth_unique",
    "foreign_table_in_api",
    "function_search_path_mutable",
    "insecure_queue_exposed_in_api",
    "materialized_view_in_api",
    "multiple_permissive_policies",
    "no_primary_key",
    "pg_graphql_anon_table_exposed",
    "pg_graphql_authenticated_table_exposed",
    "policy_exists_rls_disabled",
    "public_bucket_allows_listing",
    "rls_disabled_in_public",
    "rls_enabled_no_policy",
    "rls_policy_always_true",
    "rls_references_user_metadata",
    "security_definer_view",
    "sensitive_columns_exposed",
    "table_bloat",
    "unindexed_foreign_keys",
    "unsupported_reg_types",
    "unused_index",
}


def built_in() -> dict[str, Lint]:
    return {name: one for name, one in lints().items() if isinstance(one, Lint)}


def test_all_that_the_advisors_ask_is_asked():
    assert len(ADVISORS) == 28
    assert {name for name, one in built_in().items() if not one.ours} == ADVISORS


def test_each_lint_has_its_files_and_each_file_its_lint():
    assert {one.stem for one in FILES.glob("*.sql")} == set(built_in())
    assert {one.stem for one in FILES.glob("*.py") if one.stem != "__init__"} == set(built_in())


def test_each_lint_has_a_page_and_each_page_a_lint():
    assert {page.stem for page in DOCS.glob("*.md")} == set(built_in())


def test_each_lint_has_examples_and_each_example_a_lint():
    assert {one.name for one in EXAMPLES.iterdir()} == set(built_in())
    for folder in EXAMPLES.iterdir():
        assert {one.name for one in folder.iterdir()} == {"bad.sql", "good.sql"}, folder.name


@pytest.mark.parametrize("name", sorted(built_in()))
def test_a_page_says_what_its_lint_says(name):
    one = built_in()[name]
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    categories = ", ".join(one.categories).lower()
    assert page.startswith(f"# {name}\n\n{one.title}.\n\n{one.level}, {categories}. ")
    assert ("One of ours" in page) is one.ours
    assert "**What to do.**" in page
    if one.prefix != f"{name}_":
        assert f"`{one.prefix}" in page


@pytest.mark.parametrize("name", sorted(built_in()))
def test_words(name):
    one = built_in()[name]
    assert one.description.endswith(".")
    assert not one.detail.endswith(".")
    assert one.detail[:1] in one.detail[:1].lower() or one.detail.startswith(("GraphQL", "{"))
