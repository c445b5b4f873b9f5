"""What we send cannot be read on the way."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held
from haulback.checks._context import CheckContext
from haulback.model.check import Outcome
from haulback.model.target import Environment

_THRESHOLD = "TLS, or a connection that never leaves the machine"
_HINT = "Set sslmode=verify-full for this target, and sslrootcert where its certificate is its own."


def _measure(context: CheckContext) -> Finding:
    if context.server.encrypted:
        return Finding(Outcome.PASS, "the session runs over TLS", _THRESHOLD)
    if context.server.local:
        return Finding(Outcome.PASS, "no TLS, over a local socket or loopback", _THRESHOLD)
    if context.target.environment is not Environment.PRODUCTION:
        return Finding(Outcome.PASS, "no TLS, over the network", "TLS is asked of production only", _HINT)
    return held(within=False, figure="no TLS, over the network", threshold=_THRESHOLD, hint=_HINT)


CHECK = Check("tls", "The connection is private", _measure)
