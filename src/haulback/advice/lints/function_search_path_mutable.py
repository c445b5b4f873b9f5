"""A function finds its names by the caller's search_path."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="function_search_path_mutable",
    title="Function Search Path Mutable",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="A function without a search_path of its own finds tables and functions wherever its caller says.",
    detail="{kind} {function} finds its names by the search_path of its caller",
    remediation="alter {kind} {function} set search_path = ''; -- and write schemas before the names in its body",
    key="function_search_path_mutable_{schema}_{name}_{digest}",
)
