"""The API lets whoever has the public key call a function that runs with its owner's rights."""

from __future__ import annotations

from haulback.advice.here import role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="anon_security_definer_function_executable",
    title="Public Can Execute SECURITY DEFINER Function",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="A SECURITY DEFINER function runs with the rights of its owner: policies do not hold its caller.",
    detail="whoever has the public key can call {function} at /rest/v1/rpc/{name}: it runs with the rights of {owner}",
    remediation="revoke execute on function {function} from public, anon;",
    key="anon_security_definer_function_executable_{schema}_{name}_{arguments}",
    needs=(role("anon"),),
)
