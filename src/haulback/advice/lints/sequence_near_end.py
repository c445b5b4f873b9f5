"""A sequence will soon have no number left."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="sequence_near_end",
    title="Sequence Near Its End",
    level=AdviceLevel.WARN,
    categories=(Category.PERFORMANCE,),
    description="When a sequence has no number left that its column can hold, every insert fails.",
    detail="sequence {sequence} has used {share} % of its numbers: it is at {last_value} of {limit}{owner}",
    remediation="Make the column a bigint before it ends, by a new column, a trigger and batches: a type change locks.",
    key="sequence_near_end_{schema}_{name}",
    ours=True,
)
