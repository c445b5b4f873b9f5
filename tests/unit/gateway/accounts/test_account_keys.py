"""The set of public keys: never a secret, nor the private half of a pair."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from haulback.gateway.accounts import jwks
from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens

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


def test_the_key_that_says_so_signs_sessions(pairs: dict[str, dict[str, object]]) -> None:
    octets = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "secret"}
    pair = {**pairs["RS256"], "kid": "pair", "alg": "RS256"}
    del pair["key_ops"]
    told = {
        "a pair that says so": [octets, {**pair, "key_ops": ["sign", "verify"]}],
        "else the secret": [pair, octets],
        "else the pair": [pair],
    }
    found = {why: keys.parsed(json.dumps({"keys": given})).issuing for why, given in told.items()}
    assert {why: key.id for why, key in found.items() if key} == {
        "a pair that says so": "pair",
        "else the secret": "secret",
        "else the pair": "pair",
    }


def test_a_public_key_signs_nothing(pairs: dict[str, dict[str, object]]) -> None:
    public = {name: value for name, value in pairs["RS256"].items() if name not in PRIVATE}
    assert keys.parsed(json.dumps({**public, "key_ops": ["sign"]})).issuing is None


@pytest.mark.parametrize(("curve", "algorithm"), [(ec.SECP256R1(), "ES256"), (ec.SECP384R1(), "ES384")])
def test_a_curve_signs_with_its_own_algorithm(curve: ec.EllipticCurve, algorithm: str) -> None:
    found = keys.parsed(ECAlgorithm.to_jwk(ec.generate_private_key(curve))).issuing
    assert found is not None
    assert found.algorithms == (algorithm,)
    token = jwt.encode({"sub": "ada"}, found.signer, algorithm=algorithm)
    assert jwt.decode(token, found.key, algorithms=[algorithm]) == {"sub": "ada"}


def test_a_token_of_a_pair_is_verified_with_its_public_half(pairs: dict[str, dict[str, object]]) -> None:
    parsed = keys.parsed(json.dumps({**pairs["RS256"], "alg": "RS256"}))
    assert parsed.issuing is not None
    token = jwt.encode({"role": "anon"}, parsed.issuing.signer, algorithm="RS256")
    assert Tokens(parsed, clock=lambda: 0.0).verified(token).claims == {"role": "anon"}
    assert "private" not in repr(parsed)
