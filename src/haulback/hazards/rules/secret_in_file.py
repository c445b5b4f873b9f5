"""A password or key in a migration: it stays in the history of the repository, and in the server's log."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from haulback.hazards.facts import expressions
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

# What is told never holds the secret itself.
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.(eyJ[\w-]{8,})\.[\w-]{10,}")
_ADDRESS = re.compile(r"\bpostgres(?:ql)?://[^\s:/@']+:[^\s@'$<{]+@")
_KEYS = (
    ("sb_secret_", re.compile(r"\bsb_secret_\w{12,}"), "a secret key of the project", Level.BLOCK),
    ("sk_live_", re.compile(r"\bsk_live_\w{12,}"), "a live key of Stripe", Level.WARN),
    ("AKIA", re.compile(r"\bAKIA[0-9A-Z]{16}\b"), "an access key of AWS", Level.WARN),
    ("ghp_", re.compile(r"\bghp_\w{30,}"), "a token of GitHub", Level.WARN),
    ("PRIVATE KEY-----", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key", Level.WARN),
    ("postgres://", _ADDRESS, "an address with its password", Level.WARN),
    ("postgresql://", _ADDRESS, "an address with its password", Level.WARN),
)
_SECRET_OPTIONS = frozenset({"password", "secret", "api_key", "apikey", "secret_access_key", "aws_secret_access_key"})
_PLACEHOLDER = re.compile(r"^$|[${}<>%*]|^your|placeholder|^x+$", re.IGNORECASE)
_DEMO = "supabase-demo"  # the keys of every local project, printed in the documentation


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("create_role_stmt", "alter_role_stmt"):
        role = seen.node.role if seen.name == "create_role_stmt" else seen.node.role.rolename
        if password := _option(seen.node, frozenset({"password"})):
            hashed = password.startswith(("SCRAM-SHA-256$", "md5"))
            what = f"the {'hash of the ' if hashed else ''}password of the role {role}"
            yield _found(seen, what, role, Level.NOTE if hashed else Level.WARN)
    for seen in reading.of(
        "create_foreign_server_stmt", "alter_foreign_server_stmt", "create_user_mapping_stmt", "alter_user_mapping_stmt"
    ):
        if _option(seen.node, _SECRET_OPTIONS):
            yield _found(seen, f"the password for the server {seen.node.servername}", seen.node.servername, Level.WARN)
    for seen in reading.of("create_subscription_stmt"):
        if re.search(r"\bpassword\s*=", seen.node.conninfo):
            yield _found(seen, f"the password of the subscription {seen.node.subname}", seen.node.subname, Level.WARN)
    yield from _in_vault(reading)
    yield from _by_form(reading)


def _in_vault(reading: Reading) -> Iterator[Found]:
    if "vault.create_secret" not in reading.text:
        return
    for seen in reading.of("select_stmt"):
        for call in expressions.calls(seen.node):
            if expressions.called(call) == "vault.create_secret" and call.args:
                secret = expressions.text(call.args[0])
                if secret and not _PLACEHOLDER.search(secret):
                    yield _found(seen, "the secret for the vault", "vault", Level.WARN)


def _by_form(reading: Reading) -> Iterator[Found]:
    keys = [one for one in _KEYS if one[0] in reading.text]
    tokens = "eyJ" in reading.text
    if not keys and not tokens:
        return
    for seen in reading.statements:
        if seen.inside:
            continue
        for _, form, what, level in keys:
            if form.search(seen.text):
                yield _found(seen, what, what, level)
        for match in _TOKEN.finditer(seen.text) if tokens else ():
            claims = _claims(match[1])
            role = claims.get("role")
            if claims.get("iss") == _DEMO or role == "anon":
                continue  # known to the world
            if role == "service_role":
                yield _found(seen, "the service_role key", "service_role", Level.BLOCK)
            else:
                yield _found(seen, "a signed token", "token", Level.WARN)


def _found(seen: Seen, what: str, subject: str, level: Level) -> Found:
    return Found(
        seen,
        f"{what} stands in the file: whoever reads the repository or the server's log has it",
        subject=subject,
        advice="Change it, since it is known now; set the new one outside of migrations (`\\password`, the vault).",
        level=level,
    )


def _option(node: Node, wanted: frozenset[str]) -> str:
    """The value of an option that is a secret; empty where there is none, or a placeholder."""
    for one in node.options:
        option = one.def_elem
        if option.defname.lower() in wanted and option.arg.HasField("string"):
            value = str(option.arg.string.sval)
            return "" if _PLACEHOLDER.search(value) and not value.startswith("SCRAM") else value
    return ""


def _claims(part: str) -> dict[str, Any]:
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


RULE = Rule("secret-in-file", "A password or key stands in the file", Family.EXPOSES, Level.WARN, _find)
