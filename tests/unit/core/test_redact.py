from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from haulback.errors import HaulbackError
from haulback.redact import redact

# Long and odd enough that finding it again cannot be chance.
secrets = (
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=0x24F), max_size=40)
    .filter(lambda one: one.isprintable() and "*" not in one)
    .map(lambda one: one + "9zQ7xW")
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)


@given(secrets, names, names)
def test_no_password_of_a_url_survives(secret, user, host):
    for written in (secret, quote(secret, safe="")):
        assume(not written.startswith(tuple("0123456789")))
        for url in (f"postgresql://{user}:{written}@{host}:5432/db", f"https://{user}:{written}@{host}/x?y=1"):
            told = redact(f'cannot connect to "{url}" now')
            assert written not in told
            assert host in told


@given(secrets, names)
def test_no_password_of_a_url_query_survives(secret, host):
    written = quote(secret, safe="")

    assert written not in redact(f"postgresql://{host}/db?password={written}&sslmode=require")


@given(
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x24F), max_size=40).map(lambda one: one + "9zQ7xW")
)
def test_no_password_of_a_keyword_string_survives(secret):
    assume(secret.isprintable() and "*" not in secret and secret.strip())
    written = make_conninfo("", host="h", password=secret, user="u").split("password=")[1].split(" user=u")[0]

    told = redact(make_conninfo("", host="h", password=secret, user="u"))

    assert written not in told
    assert "user=u" in told


@given(
    secrets,
    st.sampled_from(["password", "PGPASSWORD", "DB_PASSWORD", "SUPABASE_SERVICE_ROLE_KEY", "access_token", "apikey",
                     "HAULBACK_PRODUCTION_PASSWORD", "USER_JWT", "client_secret", "api-key"]),
)  # fmt: skip
def test_no_value_of_a_named_secret_survives(secret, name):
    assume("\\" not in secret and not set(secret[:1]) & {"'", '"'})
    for written in (f"{name}={secret}", f"{name}: {secret}", f"{name} = {secret}", json.dumps({name: secret})):
        told = redact(f"{written} after")
        assert secret not in told
        assert secret[1:] not in told
        assert "after" in told


@given(st.binary(min_size=12, max_size=60), st.binary(min_size=12, max_size=60))
def test_no_token_survives(payload, signature):
    parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"HS256"}', payload, signature)]
    token = ".".join(parts)

    for text in (token, f"Authorization: Bearer {token}", f"token_{token}", f'{{"a":"{token}"}}'):
        assert parts[2] not in redact(text)
    assert parts[1] not in redact(f"bearer {parts[1]}{parts[2]}")
    assert parts[1] not in redact(f"authorization: basic {parts[1]}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("alter role x password 'it''s; me' login", "alter role x password '********' login"),
        ("password='a b\\'c' user=x", "password='********' user=x"),
        ("password=a\\ b user=x", "password=******** user=x"),
        ("postgresql://u:p@ss/w@h/db", "postgresql://u:********@h/db"),
        ("postgresql://:secret@h/db", "postgresql://:********@h/db"),
        ("sb_secret_abcdef", "sb_secret_********"),
        ('{"password": "a\\"b", "n": 1}', '{"password": "********", "n": 1}'),
    ],
)
def test_what_is_left_says_where_the_secret_was(text, told):
    assert redact(text) == told


@pytest.mark.parametrize(
    "text",
    [
        'FATAL: password authentication failed for user "postgres"',
        "fe_sendauth: no password supplied",
        "Set the password in PGPASSWORD, DB_PASSWORD, a password file or .pgpass.",
        "http://127.0.0.1:8080/users/me@example.com",
        "postgresql://alice@db.example.com:5432/app?sslmode=require",
        "the bearer of bad news; tokens are spent",
        "supabase/migrations/20240101_reset_password.sql:3:1: syntax error",
        "mailto:someone@example.com",
    ],
)
def test_text_without_secrets_is_left_alone(text):
    assert redact(text) == text


@given(st.text(alphabet=st.characters(exclude_characters=":=", exclude_categories=["Cs"])))
def test_text_without_the_marks_of_a_secret_is_left_alone(text):
    assume(not any(word in text.lower() for word in ("eyj", "bearer", "sb_secret", "password")))

    assert redact(text) == text


@pytest.mark.parametrize("piece", ["a", "eyJ", "x://y:", "password", "password='", "bearer ", "\\", "https://"])
def test_long_text_takes_no_quadratic_time(piece):
    # 40 kB where each character may begin a match: quadratic rules would not end within the test's time limit.
    redact(piece * (40_000 // len(piece)))


def test_errors_tell_no_secret_and_are_one_line():
    class Broken(HaulbackError):
        template = "no: {reason}"
        hint_template = "Look at {reason}."

    error = Broken(reason="postgres://u:hidden@h\n  second\tline \x1b[31mred\x07")

    for told in (error.message, error.hint, str(error), repr(error)):
        assert "hidden" not in told
        assert not set(told) & set("\n\x1b\x07\t")
    assert error.message == "no: postgres://u:********@h second\\tline \\x1b[31mred\\x07"
