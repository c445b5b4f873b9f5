from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from haulback.config.environment import target_of_environment
from haulback.config.errors import SecretFileUnreadable
from haulback.config.policy import default_policy
from haulback.config.secrets import secret
from haulback.config.url import parameters_of
from haulback.errors import Exit, UsageError
from haulback.model.target import Environment
from haulback.registry import find


def test_nothing_in_the_environment_names_no_target():
    assert target_of_environment({"DB_USER": "x", "PATH": "/bin"}) is None


def test_the_names_of_the_seed_are_read():
    found = target_of_environment(
        {"DB_HOST": "db.example.com", "DB_PORT": "6543", "DB_USER": "deployer", "DB_NAME": "app", "DB_PASSWORD": "s3",
         "SUPABASE_URL": "https://x.supabase.co", "SERVICE_ROLE_KEY": "key", "USER_JWT": "jwt",
         "ENVIRONMENT": "Production"}
    )  # fmt: skip

    assert found.parameters == {"host": "db.example.com", "port": "6543", "user": "deployer", "dbname": "app"}
    assert (found.password, found.api_url, found.service_role_key, found.user_jwt) == (
        "s3", "https://x.supabase.co", "key", "jwt",
    )  # fmt: skip
    assert found.environment is Environment.PRODUCTION
    assert found.policy == default_policy(Environment.PRODUCTION)


def test_a_url_is_read_and_the_single_names_win_over_it():
    found = target_of_environment(
        {"DATABASE_URL": "postgresql://u:p%40s%2Fs@h:5433/app?sslmode=require", "DB_NAME": "other"}
    )

    assert found.parameters == {"host": "h", "port": "5433", "user": "u", "dbname": "other", "sslmode": "require"}
    assert found.password == "p@s/s"


def test_no_secret_is_in_the_printed_form_of_a_target():
    found = target_of_environment(
        {"DATABASE_URL": "postgresql://u:hidden@h/app", "SERVICE_ROLE_KEY": "hidden", "USER_JWT": "hidden"}
    )

    assert "hidden" not in repr(found)


def test_secrets_come_from_files_too_without_their_line_end(tmp_path):
    file = tmp_path / "password"
    file.write_text("from file\n")

    assert secret({"DB_PASSWORD_FILE": str(file)}, "DB_PASSWORD") == "from file"
    assert secret({"DB_PASSWORD_FILE": str(file), "DB_PASSWORD": "direct"}, "DB_PASSWORD") == "direct"
    assert secret({"PGPASSWORD": "second"}, "DB_PASSWORD", "PGPASSWORD") == "second"
    assert secret({}, "DB_PASSWORD") is None


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    for name, reason in (("none", "No such file"), ("binary", "it is not UTF-8"), ("", "Is a directory")):
        with pytest.raises(SecretFileUnreadable, match=reason) as refused:
            secret({"DB_PASSWORD_FILE": str(tmp_path / name)}, "DB_PASSWORD")
        assert refused.value.exit_code == Exit.USAGE


@pytest.mark.parametrize(
    "url",
    [
        "not a url hidden",
        "postgresql://u:hidden@ss@h/db",
        "postgresql://u:hidden/x@h/db",
        "postgresql://u:p%hidden@h/db",
        "postgresql://u:hidden@h:port/db",
        "postgresql://u:hidden@h:70000/db",
        "postgresql://u:hidden@h/db?pgbouncer=true",
        "host=h password='hidden",
        "host=h password=hidden unheard=1",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_showing_it(url):
    with pytest.raises(UsageError) as refused:
        parameters_of(url, "DATABASE_URL")

    assert "hidden" not in refused.value.message + refused.value.hint
    assert "DATABASE_URL" in refused.value.message


def test_a_parameter_of_another_tool_is_named():
    with pytest.raises(UsageError, match="libpq knows no parameter pgbouncer"):
        parameters_of("postgresql://u@h/db?pgbouncer=true", "DATABASE_URL")


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_password_survives_a_keyword_string(password):
    found = parameters_of(make_conninfo("", host="h", user="u", password=password), "x")

    assert found == ({"host": "h", "user": "u"}, password)


@pytest.mark.parametrize("text", ["prod", "", " ", "live"])
def test_an_environment_that_is_none_is_refused(text):
    if not text:
        assert target_of_environment({"DB_HOST": "h", "ENVIRONMENT": text}).environment is Environment.DEVELOPMENT
        return
    with pytest.raises(UsageError, match="there is no environment"):
        target_of_environment({"DB_HOST": "h", "ENVIRONMENT": text})


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "\uff15\uff14"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(UsageError, match="the port in DB_PORT is no port"):
        target_of_environment({"DB_HOST": "h", "DB_PORT": port})


@pytest.mark.parametrize("environment", list(Environment))
def test_the_default_policies_name_checks_that_exist(environment):
    policy = default_policy(environment)

    assert policy.warn_only | policy.accept_unknown <= find("haulback.checks", "checks", "CHECK").keys()


def test_each_environment_is_stricter_than_the_one_before():
    development, staging, production = map(default_policy, Environment)

    assert development.warn_only > staging.warn_only > production.warn_only == frozenset()
    assert (development.loss_blocks, staging.loss_blocks, production.loss_blocks) == (False, True, True)
    assert (development.unknown_blocks, staging.unknown_blocks, production.unknown_blocks) == (False, False, True)
    assert production.accept_unknown == frozenset()
