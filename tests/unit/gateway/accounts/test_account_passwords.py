"""What is a password, and how it is kept."""

from __future__ import annotations

import base64

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from haulback.gateway.accounts import passwords
from haulback.gateway.accounts.refused import Refused


def test_the_same_password_is_kept_differently_each_time() -> None:
    first, second = (passwords.hashed(b"correct horse") for _ in range(2))
    assert first != second
    assert all(passwords.matches(b"correct horse", kept) for kept in (first, second))
    assert not passwords.matches(b"correct house", first)


def test_a_hash_says_what_it_was_made_with() -> None:
    _, kind, version, cost, salt, digest = passwords.hashed(b"correct horse").split("$")
    assert (kind, version, cost) == ("argon2id", "v=19", "m=19456,t=2,p=1")
    assert [len(base64.b64decode(part + "==")) for part in (salt, digest)] == [16, 32]


def test_a_hash_of_other_costs_is_read() -> None:
    other = Argon2id(salt=b"0123456789abcdef", length=32, iterations=3, lanes=4, memory_cost=65536)
    assert passwords.matches(b"correct horse", other.derive_phc_encoded(b"correct horse"))


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
def test_bcrypt_is_read(prefix: bytes) -> None:
    kept = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4, prefix)).decode()
    assert passwords.matches(b"correct horse", kept)
    assert not passwords.matches(b"correct house", kept)


@pytest.mark.parametrize(
    "kept",
    [
        None,
        "",
        "correct horse",
        "$argon2id$v=19$m=9999999,t=99,p=1$c2FsdHNhbHRzYWx0$aGFzaA",
        "$argon2id$v=19$m=19456,t=2,p=1$not base64$not base64",
        "$argon2i$v=19$m=16,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA",
        "$2b$31$" + "a" * 53,
    ],
)
def test_what_cannot_be_read_matches_nothing(kept: str | None) -> None:
    assert not passwords.matches(b"correct horse", kept)


def test_what_is_too_long_matches_nothing_though_its_beginning_would() -> None:
    kept = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert passwords.matches(b"x" * 72, kept)
    assert not passwords.matches(b"x" * 73, kept)


@pytest.mark.parametrize(
    ("password", "code", "message"),
    [
        ("a" * 5, "weak_password", "Password should be at least 6 characters."),
        ("a" * 73, "validation_failed", "Password cannot be longer than 72 characters"),
        ("ä" * 37, "validation_failed", "Password cannot be longer than 72 characters"),
    ],
)
def test_what_is_no_password(password: str, code: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.checked(password)
    assert (refused.value.code, refused.value.message) == (code, message)
    assert [passwords.checked("a" * 6), passwords.checked("ä" * 36)] == [b"aaaaaa", ("ä" * 36).encode()]


@pytest.mark.parametrize("kept", [passwords.hashed(b"correct horse"), None], ids=["known", "unknown"])
def test_a_user_who_is_not_there_costs_as_much_as_one_who_is(kept: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = passwords._argon2
    costs: list[str] = []

    def noted(secret: bytes, kept: str) -> bool:
        costs.append(kept.rsplit("$", 2)[0])
        return verify(secret, kept)

    monkeypatch.setattr(passwords, "_argon2", noted)
    assert not passwords.matches(b"wrong horse", kept)
    assert costs == ["$argon2id$v=19$m=19456,t=2,p=1"]
