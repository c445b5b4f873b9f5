"""The public keys that tokens are verified with, as a JSON Web Key Set."""

from __future__ import annotations

from typing import Any

import jwt

from haulback.gateway.auth.keys import Key, Keys


def public(keys: Keys) -> dict[str, list[dict[str, Any]]]:
    """The set. A secret is never in it, nor the private half of a pair."""
    return {"keys": [_told(key) for key in keys.keys if not key.algorithms[0].startswith("HS")]}


def _told(key: Key) -> dict[str, Any]:
    algorithm = key.algorithms[0]
    told: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(key.key, as_dict=True)
    told.pop("key_ops", None)
    return told | {"use": "sig"} | ({"kid": key.id} if key.id else {})
