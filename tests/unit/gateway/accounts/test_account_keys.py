"""The set of public keys: never a secret, nor the private half of a pair."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from haulback.gateway.accounts import jwks
from haulback.gateway.auth import keys

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


@pytest.fixture(scope="module")
def pairs() -> dict[str, dict[str, object]]:
    return {
        "RS256": RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), as_dict=True),
        "ES256": ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True),
        "EdDSA": OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate(), as_dict=True),
    }


def test_a_secret_is_not_told() -> None:
    assert jwks.public(keys.parsed("a secret of more than thirty-two bytes")) == {"keys": []}


def test_only_public_halves_are_told(pairs: dict[str, dict[str, object]]) -> None:
    given = [{**pair, "kid": algorithm, "alg": algorithm} for algorithm, pair in pairs.items()]
    told = jwks.public(keys.parsed(json.dumps({"keys": given})))["keys"]
    assert [key["kid"] for key in told] == list(pairs)
    assert not any(PRIVATE & set(key) for key in told)
    for key, pair in zip(told, given, strict=True):
        token = jwt.encode({"sub": "ada"}, jwt.PyJWK(pair).key, algorithm=str(pair["alg"]))
        assert jwt.decode(token, jwt.PyJWK(key), algorithms=[str(pair["alg"])]) == {"sub": "ada"}
