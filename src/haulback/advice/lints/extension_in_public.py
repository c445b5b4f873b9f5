"""An extension's objects are in the schema public."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="extension_in_public",
    title="Extension in Public",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="The API serves the schema public, and with it the functions of extensions that are put there.",
    detail="extension {name} is in the schema public, with its {functions} functions",
    remediation="{how}",
    key="extension_in_public_{name}",
)
