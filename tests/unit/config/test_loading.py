from __future__ import annotations

from pathlib import Path

import pytest

from haulback.config.errors import (
    ConfigurationUnreadable,
    SecretInFile,
    UnknownSetting,
    WrongSetting,
)
from haulback.config.loading import load
from haulback.errors import Exit
from haulback.model.settings import Settings
from haulback.model.target import Environment, Maintenance


@pytest.fixture
def toml(tmp_path: Path):
    """Writes haulback.toml and loads it."""

    def read(text: str, environment: dict[str, str] | None = None, name: str = "haulback.toml") -> Settings:
        (tmp_path / name).write_text(text)
        return load(environment or {}, tmp_path)

    return read


def test_a_project_without_a_file_has_the_embedded_server(tmp_path):
    found = load({}, tmp_path)

    assert (found.default_target, found.root, found.read_from) == ("local", tmp_path, ())
    assert found.targets["local"].embedded
    assert found.migrations == tmp_path / "supabase" / "migrations"
    assert found.home == tmp_path / ".haulback"


def test_the_file_is_found_by_walking_up_and_paths_are_from_where_it_stands(tmp_path):
    (tmp_path / "haulback.toml").write_text('migrations = "db"\nhome = "state"')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    found = load({}, below)

    assert (found.root, found.migrations, found.home) == (tmp_path, tmp_path / "db", tmp_path / "state")
    assert found.read_from == (str(tmp_path / "haulback.toml"),)


def test_the_nearest_file_wins_and_a_foreign_pyproject_is_passed_by(tmp_path):
    (tmp_path / "haulback.toml").write_text('home = "far"')
    near = tmp_path / "near"
    (near / "foreign").mkdir(parents=True)
    (near / "pyproject.toml").write_text('[tool.haulback]\nhome = "near"')
    (near / "foreign" / "pyproject.toml").write_text("[project]\nname = 'x'")
    (near / "haulback-old.toml").write_text("not toml")

    assert load({}, near / "foreign").home == near / "near"
    (near / "foreign" / "pyproject.toml").write_text("not toml at all [")
    assert load({}, near / "foreign").home == near / "near"
    assert load({}, near, tmp_path / "haulback.toml").home == tmp_path / "far"


def test_the_environment_wins_over_the_file(toml, tmp_path):
    text = """
        default_target = "a"
        home = "from-file"
        [targets.a]
        url = "postgresql://u@a/db"
        password_file = "password"
        [targets.b]
        embedded = true
    """
    environment = {"HAULBACK_HOME": "elsewhere", "HAULBACK_TARGET": "b", "HAULBACK_A_PASSWORD": "spoken"}
    (tmp_path / "password").write_text("written\n")

    assert toml(text).default_target == "a"
    assert toml(text).targets["a"].password == "written"
    found = toml(text, environment)
    assert (found.default_target, found.home.name, found.targets["a"].password) == ("b", "elsewhere", "spoken")


def test_the_target_of_the_environment_is_the_default_beside_declared_ones(toml):
    found = toml('[targets.a]\nurl = "postgresql://u@a/db"', {"DATABASE_URL": "postgresql://u@b/db"})

    assert (list(found.targets), found.default_target) == (["environment", "a"], "environment")


def test_a_password_file_is_looked_for_beside_the_file_that_names_it(tmp_path):
    (tmp_path / "haulback.toml").write_text('[targets.a]\nurl = "postgresql://u@a/db"\npassword_file = "secret"')
    (tmp_path / "secret").write_text("x\n")
    (tmp_path / "below").mkdir()

    assert load({}, tmp_path / "below").targets["a"].password == "x"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hidden@h/db",
        "postgresql://u@h/db?password=hidden",
        "host=h user=u password='hid den hidden'",
        "postgresql://u@h/db?sslpassword=hidden",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_shown(toml, url):
    with pytest.raises(SecretInFile) as refused:
        toml(f'[targets.my-prod]\nurl = "{url}"')

    told = refused.value.message + refused.value.hint
    assert "hidden" not in told
    assert "targets.my-prod.url holds a password" in told
    assert "HAULBACK_MY_PROD_PASSWORD" in told


@pytest.mark.parametrize(
    ("text", "setting", "suggestion"),
    [
        ("migration = 'x'", "migration", "Did you mean migrations?"),
        ("[deploy]\nlock_buget = '1s'", "deploy.lock_buget", "Did you mean deploy.lock_budget?"),
        ("[targets.a]\npassword = 'hidden'", "targets.a.password", "Did you mean targets.a.password_file?"),
        (
            "[targets.a.policy]\nrehearsal = true",
            "targets.a.policy.rehearsal",
            "Did you mean targets.a.policy.rehearse?",
        ),
        ("zzz = 1", "zzz", "docs/configuration.md lists every setting."),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_known_one(toml, text, setting, suggestion):
    with pytest.raises(UnknownSetting) as refused:
        toml(text)

    assert refused.value.message.endswith(f"there is no setting {setting}")
    assert refused.value.hint == suggestion
    assert "hidden" not in refused.value.message


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("migrations = 1", "migrations must be text"),
        ("seed = 'x'", "seed must be a list of texts"),
        ("seed = [1]", "seed must be a list of texts"),
        ("deploy = 1", "deploy must be a table"),
        ("targets = []", "targets must be a table"),
        ("targets.a = 'x'", "targets.a must be a table"),
        ("[deploy]\nlock_budget = 0", "deploy.lock_budget must be a time"),
        ("[deploy]\nlock_budget = 'soon'", "deploy.lock_budget must be a time"),
        ("[deploy]\nlock_budget = nan", "deploy.lock_budget must be a time"),
        ("[deploy]\npatience = inf", "deploy.patience must be a time"),
        ("[deploy]\npatience = -1", "deploy.patience must be a time"),
        ("[deploy]\npatience = true", "deploy.patience must be a time"),
        ("[deploy]\nsample = 1.5", "deploy.sample must be a whole number"),
        ("[deploy]\nsample = -1", "deploy.sample must be a whole number"),
        ("[deploy]\nsample = true", "deploy.sample must be a whole number"),
        ("[thresholds]\nload = 70", "thresholds.load must be a share"),
        ("[thresholds]\nload = nan", "thresholds.load must be a share"),
        ("[targets.a]\nembedded = 'yes'", "targets.a.embedded must be true or false"),
        ("[targets.a]\nenvironment = 'live'", "targets.a.environment must be one of development, staging, production"),
        ("[targets.a]\nmaintenance = 'on'", "targets.a.maintenance must be one of off, announce, enforce"),
        ("[targets.a]\napprovers = ['x']", "targets.a.approvers must be a table of texts"),
        ("[targets.a.approvers]\nalice = 1", "targets.a.approvers must be a table of texts"),
        ("[targets.a.policy]\nwarn_only = 'x'", "targets.a.policy.warn_only must be a list of texts"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_what_was_wanted(toml, text, wanted):
    with pytest.raises(WrongSetting) as refused:
        toml(text)

    assert wanted in refused.value.message
    assert refused.value.exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("written", "seconds"),
    [('"500ms"', 0.5), ('"60s"', 60), ('"15m"', 900), ('"15 min"', 900), ('"2h"', 7200), ('"1d"', 86400), ("2", 2),
     ("0.25", 0.25), ('"1.5"', 1.5)],
)  # fmt: skip
def test_times_are_written_with_a_unit_or_in_seconds(toml, written, seconds):
    assert toml(f"[deploy]\nlock_budget = {written}").lock_budget == pytest.approx(seconds)


def test_a_whole_target_is_read(toml):
    found = toml(
        """
        [targets.production]
        url = "postgresql://deployer@db.example.com:5432/app?sslmode=verify-full"
        environment = "production"
        api_url = "https://api.example.com"
        maintenance = "enforce"
        approvals = ["devops", "dba"]
        approvers = { alice = "devops", bob = "dba" }
        staging = "staging"
        [targets.production.policy]
        accept_unknown = ["backup"]
        warn_only = ["load"]
        """
    ).targets["production"]

    assert found.environment is Environment.PRODUCTION
    assert not found.embedded
    assert found.maintenance is Maintenance.ENFORCE
    assert (found.approvals, dict(found.approvers)) == (("devops", "dba"), {"alice": "devops", "bob": "dba"})
    assert found.staging == "staging"
    assert found.policy.unknown_blocks
    assert (found.policy.accept_unknown, found.policy.warn_only) == ({"backup"}, {"load"})


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"a = ", "Invalid value"), (b"a = 1\na = 2", "Cannot overwrite"), (b"\xff", "codec can't decode")],
)
def test_a_file_that_is_no_toml_is_named_with_the_place(tmp_path, content, reason):
    (tmp_path / "haulback.toml").write_bytes(content)

    with pytest.raises(ConfigurationUnreadable, match=reason):
        load({}, tmp_path)


def test_a_file_named_outright_must_be_there(tmp_path):
    with pytest.raises(ConfigurationUnreadable, match=r"none\.toml: No such file"):
        load({}, tmp_path, tmp_path / "none.toml")


def test_seed_files_are_found_where_supabase_has_them(tmp_path):
    seed = tmp_path / "supabase" / "seed"
    seed.mkdir(parents=True)
    for file in (tmp_path / "supabase" / "seed.sql", seed / "b.sql", seed / "a.sql"):
        file.write_text("")

    assert [str(one.relative_to(tmp_path / "supabase")) for one in load({}, tmp_path).seed] == [
        "seed.sql", "seed/a.sql", "seed/b.sql",
    ]  # fmt: skip
    (tmp_path / "haulback.toml").write_text("seed = []")
    assert load({}, tmp_path).seed == ()


@pytest.mark.parametrize("written", ['"99999999999999999d"', "1e300", "inf", "nan", "-1"])
def test_a_time_that_no_calendar_reaches_is_refused(toml, written):
    with pytest.raises(WrongSetting, match=r"backups\.keep must be a time"):
        toml(f"[backups]\nkeep = {written}")


@pytest.mark.parametrize("written", ["10.0.0.1/8", "proxy.example.com", "", "10.0.0.0/33", "::ffff:10.0.0.0/104", "1"])
def test_a_proxy_that_is_no_address_is_refused(toml, written):
    with pytest.raises(WrongSetting, match=r"api\.trusted_proxies must be a list of addresses"):
        toml(f'[api]\ntrusted_proxies = ["127.0.0.1", "{written}"]')


def test_proxies_are_addresses_and_networks(toml):
    found = toml('[api]\ntrusted_proxies = ["127.0.0.1", "2001:db8::/32"]\nproxy_header = "Forwarded"').api
    assert (found.trusted_proxies, found.proxy_header) == (("127.0.0.1", "2001:db8::/32"), "Forwarded")
