"""An index is invalid: it costs and serves nobody."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="invalid_index",
    title="Invalid Index",
    level=AdviceLevel.WARN,
    categories=(Category.PERFORMANCE,),
    description="An index whose building failed half-way serves no query, enforces nothing, and costs every write.",
    detail="index {index} of table {table} is invalid: no query uses it",
    remediation="{how}",
    key="invalid_index_{schema}_{name}_{index_name}",
    ours=True,
)
