"""Nobody cleans a table up."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="autovacuum_disabled",
    title="Autovacuum Disabled",
    level=AdviceLevel.WARN,
    categories=(Category.PERFORMANCE,),
    description="Without autovacuum a table grows by every update, and its statistics stay as they were.",
    detail="autovacuum is off for {what}",
    remediation="{how}",
    key="autovacuum_disabled_{where}",
    ours=True,
)
