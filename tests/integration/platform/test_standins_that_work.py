"""Stand-ins that do the real thing, against published vectors."""

from __future__ import annotations

import psycopg
import pytest

# Of FIPS 180-4 and RFC 1321 for 'abc'; of RFC 4231 (test case 2) and RFC 2202 for HMAC.
VECTORS = [
    ("encode(extensions.digest('abc', 'md5'), 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
    ("encode(extensions.digest('abc', 'sha1'), 'hex')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
        "encode(extensions.digest(repeat('a', 1000), 'sha1'), 'hex')",
        "291e9a6c66994949b57ba5e650361e98fc36b1ba",
    ),
    (
        "encode(extensions.digest('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', 'sha1'), 'hex')",
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    ),
    ("encode(extensions.digest('', 'sha1'), 'hex')", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    (
        "encode(extensions.digest('abc', 'sha256'), 'hex')",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    (
        "encode(extensions.hmac('what do ya want for nothing?', 'Jefe', 'sha256'), 'hex')",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "encode(extensions.hmac('what do ya want for nothing?', 'Jefe', 'sha1'), 'hex')",
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    ),
    # RFC 9562, appendix A.2 and A.4.
    (
        "extensions.uuid_generate_v3(extensions.uuid_ns_dns(), 'www.example.com')::text",
        "5df41881-3aed-3515-88a7-2f4a814cf09e",
    ),
    (
        "extensions.uuid_generate_v5(extensions.uuid_ns_dns(), 'www.example.com')::text",
        "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    ),
]


@pytest.mark.parametrize(("expression", "expected"), VECTORS)
def test_a_digest_is_the_published_one(any_database, expression: str, expected: str) -> None:
    with any_database.connect() as connection:
        assert connection.execute(f"SELECT {expression}").fetchone() == (expected,)


def test_random_bytes_have_the_length_asked_for_and_differ(any_database) -> None:
    with any_database.connect() as connection:
        row = connection.execute(
            "SELECT length(extensions.gen_random_bytes(33)), extensions.gen_random_bytes(16) <> extensions.gen_random_bytes(16)"
        ).fetchone()
    assert row == (33, True)


def test_a_uuid_of_version_1_says_when_it_was_made(any_database) -> None:
    with any_database.connect() as connection:
        made = connection.execute(
            "SELECT extensions.uuid_generate_v1(), extract(epoch FROM clock_timestamp())"
        ).fetchone()
    assert made is not None
    assert made[0].version == 1
    assert abs((made[0].time - 0x01B21DD213814000) / 1e7 - float(made[1])) < 5


def test_a_token_signed_is_a_token_verified(database) -> None:
    # The token of RFC 7519's family that jwt.io shows for this secret.
    expected = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9"
        ".TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ"
    )
    with database.connect() as connection:
        connection.execute("CREATE EXTENSION pgjwt WITH SCHEMA extensions")
        payload = '{"sub":"1234567890","name":"John Doe","admin":true}'
        assert connection.execute("SELECT sign(%s::json, 'secret')", [payload]).fetchone() == (expected,)
        verify = "SELECT payload ->> 'name', valid FROM verify(%s, %s)"
        assert connection.execute(verify, [expected, "secret"]).fetchone() == ("John Doe", True)
        assert connection.execute(verify, [expected, "wrong"]).fetchone() == ("John Doe", False)


@pytest.mark.parametrize(
    "call",
    ["gen_salt('bf')", "crypt('a', 'b')", "pgp_sym_encrypt('a', 'b')", "encrypt('a', 'b', 'aes')"],
)
def test_what_needs_openssl_raises_on_the_wheel(database, call: str) -> None:
    with (
        database.connect() as connection,
        pytest.raises(psycopg.errors.FeatureNotSupported, match='extension "pgcrypto" is a stand-in here'),
    ):
        connection.execute(f"SELECT {call}")


@pytest.mark.parametrize("schedule", ["whenever", "* * *", "99999 seconds"])
def test_a_schedule_that_is_none_is_refused(database, schedule: str) -> None:
    with database.connect() as connection:
        connection.execute("CREATE EXTENSION pg_cron")
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="invalid schedule"):
            connection.execute("SELECT cron.schedule('x', %s, 'SELECT 1')", [schedule])


def test_jobs_are_changed_through_functions_only(database) -> None:
    with database.connect() as connection:
        connection.execute("CREATE EXTENSION pg_cron; SELECT cron.schedule('x', '* * * * *', 'SELECT 1')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE cron.job SET active = false")
