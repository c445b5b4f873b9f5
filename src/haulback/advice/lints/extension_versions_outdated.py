"""An extension is older than the one that the server brings."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="extension_versions_outdated",
    title="Extension Versions Outdated",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="The database runs an older version of an extension than the server brings: without its mends.",
    detail="extension {extension_name} is at version {installed_version}; the server brings {default_version}",
    remediation="alter extension {quoted} update;",
    key="extension_versions_outdated_{extension_name}_{installed_version}",
)
