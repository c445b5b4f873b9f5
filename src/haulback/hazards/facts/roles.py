"""The roles under which an API serves strangers, and those that it trusts."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.migrations.grammar import Node, enum

ANYBODY = frozenset({"anon", "public"})  # without signing in
OUTSIDE = ANYBODY | {"authenticated"}  # whoever signs up
SERVED = frozenset({"anon", "authenticated", "service_role", "authenticator"})  # they tell that an API is there
TRUSTED = frozenset({"service_role", "postgres", "supabase_admin", "supabase_auth_admin", "supabase_storage_admin"})

_NAMES = {
    "ROLESPEC_PUBLIC": "public",
    "ROLESPEC_CURRENT_USER": "current_user",
    "ROLESPEC_SESSION_USER": "session_user",
    "ROLESPEC_CURRENT_ROLE": "current_role",
}


def of(listed: Iterable[Node]) -> frozenset[str]:
    """The names in a list of roles; `public` for PUBLIC."""
    return frozenset(_name(one.role_spec) for one in listed)


def shown(some: Iterable[str]) -> str:
    """Who that is, for a person, the most open first."""
    return ", ".join(_SHOWN.get(one, one) for one in sorted(some, key=lambda one: (one not in ANYBODY, one)))


def _name(spec: Node) -> str:
    return _NAMES.get(enum(spec, "roletype")) or str(spec.rolename)


_SHOWN = {"public": "everybody", "anon": "anon", "authenticated": "whoever is signed in"}
