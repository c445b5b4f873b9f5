"""Tokens that are good, and every way to forge one that we know of."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from haulback.gateway.answer import Refusal
from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens

SECRET = "s" * 40
NOW = 1_800_000_000.0
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def tokens(keys_text: str = SECRET, **options: Any) -> Tokens:
    return Tokens(keys.parsed(keys_text), clock=lambda: NOW, **options)


def made(claims: dict[str, Any], key: Any = SECRET, algorithm: str = "HS256", **headers: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers or None)


def refused(token: str, on: Tokens | None = None) -> tuple[int, str, str]:
    with pytest.raises(Refusal) as caught:
        (on or tokens()).verified(token)
    return caught.value.status, caught.value.code, caught.value.message


def part(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def key_set() -> str:
    entries = [
        {**RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True), "kid": "rsa"},
        {**ECAlgorithm.to_jwk(EC.public_key(), as_dict=True), "kid": "ec"},
        {**OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True), "kid": "ed"},
    ]
    return json.dumps({"keys": entries})


def test_role_and_claims_come_from_the_token() -> None:
    identity = tokens().verified(made({"role": "authenticated", "sub": "ada", "exp": NOW + 60}))
    assert (identity.role, json.loads(identity.text)) == (
        "authenticated",
        {"role": "authenticated", "sub": "ada", "exp": NOW + 60},
    )


def test_the_anonymous_role_stands_in_for_a_missing_one_and_for_a_missing_token() -> None:
    on = tokens(anonymous="anon")
    assert [on.verified(made({"sub": "x"})).role, on.nobody().role, on.nobody().authenticated] == [
        "anon",
        "anon",
        False,
    ]
    assert json.loads(on.verified(made({"sub": "x"})).text)["role"] == "anon"


def test_without_an_anonymous_role_there_must_be_a_token() -> None:
    with pytest.raises(Refusal) as caught:
        tokens(anonymous=None).nobody()
    assert (caught.value.status, caught.value.code) == (401, "PGRST302")


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(RSA, "RS256", "rsa"), (EC, "ES256", "ec"), (ED, "EdDSA", "ed"), (RSA, "PS256", "rsa")],
)
def test_each_kind_of_key_verifies_its_own(key: Any, algorithm: str, kid: str) -> None:
    claims = {"role": "authenticated"}
    assert tokens(key_set()).verified(made(claims, key, algorithm, kid=kid)).role == "authenticated"
    assert tokens(key_set()).verified(made(claims, key, algorithm)).role == "authenticated"


def test_forged_tokens() -> None:
    admin = {"role": "service_role"}
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    good = made({"role": "anon"})
    head, _, signature = good.split(".")
    confused = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(admin)}"
    # By hand, because PyJWT refuses to make this one.
    mac = base64.urlsafe_b64encode(hmac.digest(public, confused.encode(), "sha256")).rstrip(b"=").decode()
    forged = {
        "none": jwt.encode(admin, None, algorithm="none"),
        "none in other letters": f"{part({'alg': 'nOnE'})}.{part(admin)}.",
        "another key": made(admin, "x" * 40),
        "another body": f"{head}.{part(admin)}.{signature}",
        "no signature": f"{head}.{part(admin)}.",
        "key in the header": made(admin, "x" * 40, jwk={"kty": "oct", "k": "eHg"}),
        "key id that is a path": made(admin, b"\0" * 32, kid="../../../dev/null"),
        "key id that is SQL": made(admin, "x" * 40, kid="' UNION SELECT 'x"),
    }
    for name, token in forged.items():
        status, code, _ = refused(token)
        assert (name, status, code) == (name, 401, "PGRST301")
    for token in (f"{confused}.{mac}", made(admin, EC, "ES256", kid="rsa"), made(admin, SECRET)):
        assert refused(token, tokens(key_set()))[:2] == (401, "PGRST301")


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"exp": NOW - 31}, "JWT expired"),
        ({"nbf": NOW + 31}, "JWT not yet valid"),
        ({"iat": NOW + 31}, "JWT issued at future"),
        ({"exp": "soon"}, "The JWT 'exp' claim must be a number"),
        ({"exp": True}, "The JWT 'exp' claim must be a number"),
        ({"nbf": {}}, "The JWT 'nbf' claim must be a number"),
        ({"aud": 5}, "The JWT 'aud' claim must be a string or an array of strings"),
        ({"aud": ["a", 5]}, "The JWT 'aud' claim must be a string or an array of strings"),
        ({"aud": "others"}, "JWT not in audience"),
        ({"aud": ["others"]}, "JWT not in audience"),
    ],
)
def test_claims_that_do_not_hold(claims: dict[str, Any], message: str) -> None:
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    mac = base64.urlsafe_b64encode(hmac.digest(SECRET.encode(), signed.encode(), "sha256")).rstrip(b"=").decode()
    assert refused(f"{signed}.{mac}", tokens(audience="ours")) == (401, "PGRST303", message)


@pytest.mark.parametrize(
    "claims",
    [{"exp": NOW - 29}, {"nbf": NOW + 29}, {"iat": NOW + 29}, {"aud": "ours"}, {"aud": ["x", "ours"]}, {"aud": []}, {}],
)
def test_claims_that_hold_with_the_leeway(claims: dict[str, Any]) -> None:
    assert tokens(audience="ours").verified(made(claims)).role == "anon"


def test_a_known_token_expires_all_the_same() -> None:
    now = [NOW]
    on = Tokens(keys.parsed(SECRET), clock=lambda: now[0])
    token = made({"role": "authenticated", "exp": NOW + 10})
    assert on.verified(token) is on.verified(token)
    now[0] = NOW + 41
    assert refused(token, on) == (401, "PGRST303", "JWT expired")


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "Empty JWT is sent in Authorization header"),
        ("a.b", "Expected 3 parts in JWT; got 2"),
        ("a.b.c.d", "Expected 3 parts in JWT; got 4"),
    ],
)
def test_what_is_no_token(token: str, message: str) -> None:
    assert refused(token) == (401, "PGRST301", message)


def test_a_role_that_is_no_text_is_no_other_role() -> None:
    assert tokens().verified(made({"role": {"service_role": True}})).role == '{"service_role":true}'


def test_without_keys_no_token_is_good() -> None:
    assert refused(made({}), Tokens(None, clock=lambda: NOW)) == (500, "PGRST300", "Server lacks JWT secret")


@given(
    st.one_of(st.text(), st.lists(st.text(alphabet="abcABC012_-=", max_size=40), min_size=3, max_size=3).map(".".join))
)
def test_any_text_is_refused_in_the_contract(token: str) -> None:
    assert refused(token)[1] in {"PGRST301", "PGRST303"}


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "",
        "{",
        '{"keys": []}',
        '{"kty": "oct"}',
        '{"kty": "RSA", "n": "x"}',
        '{"kty": "oct", "k": "eA", "alg": "RS256"}',
    ],
)
def test_keys_that_cannot_be_used(text: str) -> None:
    with pytest.raises(keys.TokenKeyUnusable):
        keys.parsed(text)


def test_a_message_about_a_key_does_not_show_it() -> None:
    with pytest.raises(keys.TokenKeyUnusable) as caught:
        keys.parsed("hunter2")
    assert "hunter2" not in str(caught.value)
