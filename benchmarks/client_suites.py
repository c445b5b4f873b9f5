"""The suites of Supabase's own clients for JavaScript and Python, run against `haulback serve`.

    .venv/bin/python benchmarks/client_suites.py FOLDER-JS FOLDER-PY [--only SUITE] [--show 20] [--major 15]

The folders are checkouts of supabase/supabase-js and supabase/supabase-py; their code stays out of this repository and
as it is: what runs is a copy, in which only the address of the server differs. Needs psql and npm. `--keep FOLDER`
keeps the copies with what was installed for them, which takes a minute, for the next run.

The SQL of each suite is loaded into a server of its own, and the API has the settings that their compose files and
config.toml give it. PostGIS is not there, which one case needs; one more holds PostgREST 12 to what later ones do
otherwise. Some tests of auth ask several servers of one database, which differ in their settings and keys.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import psycopg

from _client_packages import (
    APP,
    installed_app,
    installed_auth_js,
    installed_auth_py,
    installed_js,
    installed_py,
    installed_realtime,
)
from _measure import served
from gateway import gateway
from haulback.pg import binaries
from haulback.pg.cluster import OWNER, SUPERUSER, Running

SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"
AUTH_SECRET = "37c304f8-51aa-419a-a1af-06154e63707a"
NOT_HERE = re.compile(r"postgis|shops|geometry|ALL TABLES publication")


@dataclass
class Count:
    """What one suite came to."""

    passed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Api:
    """One server of a suite.

    Attributes:
        settings: `[api]` of haulback.toml.
        secret: what tokens are verified with, which may be in the copy that runs.
    """

    settings: dict[str, object] = field(default_factory=dict)
    secret: Callable[[Path], str] = lambda _: SECRET


@dataclass(frozen=True)
class Suite:
    """How one suite wants its server.

    Attributes:
        install: makes the copy that runs.
        sql: files of the checkout, or patterns of them.
        apis: the servers that it asks.
        run: the suite in its copy, against servers at addresses.
        apart: cases that cannot hold here, by a part of their name, each with why.
    """

    title: str
    install: Callable[[Path, Path], Path]
    sql: tuple[str, ...]
    apis: tuple[Api, ...]
    run: Callable[..., Count]
    schemas: tuple[str, ...] = ("public", "personal")
    apart: tuple[tuple[str, str], ...] = ()


def load(running: Running, files: list[Path]) -> None:
    """The suite's SQL, as the owner of the database, as Supabase's command line does."""
    for file in files:
        command = ["psql", "-q", "-X", "-d", running.conninfo(OWNER), "-f", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in done.stderr.splitlines():
            if "ERROR" in line and not NOT_HERE.search(line):
                sys.stdout.write(f"{file.name}: {line}\n")
    with psycopg.connect(running.conninfo(SUPERUSER), autocommit=True) as connection:
        # As in their image, which a snapshot of EXPLAIN (SETTINGS) has.
        connection.execute("ALTER SYSTEM SET effective_cache_size = '128MB'")
        connection.execute("SELECT pg_reload_conf()")


def readdressed(folder: Path, files: str, there: str, here: str) -> None:
    for file in sorted(folder.rglob(files)):
        text = file.read_text(encoding="utf-8")
        if there in text:
            file.write_text(text.replace(there, here), encoding="utf-8")


def jest(package: Path, address: str, address_there: str, files: list[str]) -> Count:
    """Runs tests of a package that ask one address against another; nothing is written into their snapshots."""
    readdressed(package / "test", "*.ts", f"'{address_there}'", f"'{address}'")
    told = package / "told.json"
    command = ["npx", "jest", "--ci", "--runInBand", "--json", f"--outputFile={told}", *files]
    subprocess.run(command, cwd=package, capture_output=True, check=False)
    count = Count()
    for file_ in json.loads(told.read_text(encoding="utf-8"))["testResults"]:
        name = Path(file_["name"]).name
        if not file_["assertionResults"]:
            count.failed[name] = file_["message"]
        for case in file_["assertionResults"]:
            if case["status"] == "passed":
                count.passed += 1
            elif case["status"] == "failed":
                count.failed[f"{name}: {case['fullName']}"] = "\n".join(case["failureMessages"])
            else:
                count.skipped[f"{name}: {case['fullName']}"] = case["status"]
    return count


def postgrest_js(folder: Path, address: str) -> Count:
    return jest(folder, address, "http://localhost:54321/rest/v1", ["--testPathIgnorePatterns=test/v12/"])


def postgrest_js_v12(folder: Path, address: str) -> Count:
    return jest(folder, address, "http://localhost:3012", ["test/v12"])


def supabase_js(folder: Path, address: str) -> Count:
    parts = ["-t", "^((?!Storage API).)*$"]
    count = jest(folder, address.removesuffix("/rest/v1"), "http://127.0.0.1:54321", parts)
    count.skipped = dict.fromkeys(count.skipped, "asks Storage, which is not here")
    return count


def supabase_py(folder: Path, address: str) -> Count:
    readdressed(folder / "tests", "client.py", '"http://127.0.0.1:3000"', f'"{address}"')
    return pytest_(folder, {})


def realtime_py(folder: Path, address: str) -> Count:
    return pytest_(folder, {"SUPABASE_URL": address.removesuffix("/rest/v1")})


def auth_js(folder: Path, address: str) -> Count:
    address = address.replace("/rest/v1", "/auth/v1")
    options = ["--coverage=false", "--testPathIgnorePatterns=docker-tests", "--testPathIgnorePatterns=/example/"]
    return jest(folder, address, "http://127.0.0.1:54321/auth/v1", options)


def auth_js_apart(folder: Path, *addresses: str) -> Count:
    """What asks servers with other settings."""
    for port, address in zip(PORTS, addresses, strict=True):
        there = f"'http://localhost:{port}'"
        readdressed(folder / "test/docker-tests", "*.ts", there, f"'{address.replace('/rest/v1', '/auth/v1')}'")
    return jest(folder, "", "nowhere", ["--config=jest.config.docker.js"])


def auth_py(folder: Path, *addresses: str) -> Count:
    for port, address in zip(PORTS, addresses, strict=True):
        told = address.replace("/rest/v1", "/auth/v1")
        readdressed(folder / "tests", "clients.py", f"_PORT = {port}\n", f'_PORT = "{told}"\n')
    readdressed(folder / "tests", "clients.py", 'f"http://localhost:{', 'f"{')
    return pytest_(folder, {})


def keys_of_auth_js(folder: Path) -> str:
    """The pair that their tests sign with, and the secret that one of them signs a wrong token with."""
    pairs = json.loads((folder / "test/supabase/signing_keys.json").read_text(encoding="utf-8"))
    return json.dumps({"keys": [*pairs, octets(SECRET)]})


def keys_of_compose(folder: Path) -> str:
    """The keys of their server that signs with a pair."""
    told = (folder / "infra/docker-compose.yml").read_text(encoding="utf-8")
    return json.dumps({"keys": json.loads(re.findall(r"GOTRUE_JWT_KEYS: '(.*)'", told)[1])})


def octets(secret: str) -> dict[str, str]:
    return {"kty": "oct", "k": base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")}


def pytest_(folder: Path, variables: dict[str, str]) -> Count:
    told = folder / "told.xml"
    command = [folder / "venv/bin/python", "-m", "pytest", "-q", "tests", f"--junit-xml={told}"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), **variables}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    count = Count()
    for case in ET.parse(told).getroot().iter("testcase"):
        name = f"{case.get('classname')}: {case.get('name')}"
        wrong = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
        left = case.find("skipped")
        if wrong is not None:
            count.failed[name] = wrong.text or ""
        elif left is not None:
            count.skipped[name] = left.get("message", "")
        else:
            count.passed += 1
    return count


JS = "packages/core/postgrest-js/test"
PORTS = (9999, 9998, 9997, 9996)
# Of the tests of auth: where addresses are to be confirmed, where not, where nobody signs up, with a pair of keys.
AUTH_APIS = (
    Api({"auth": {"confirm": True}}, lambda _: AUTH_SECRET),
    Api(secret=lambda _: AUTH_SECRET),
    Api({"auth": {"signup": False}}, lambda _: AUTH_SECRET),
    Api(secret=keys_of_compose),
)
OTHER_SERVICES = (
    ("oauth", "needs a server of OAuth"),
    ("OAuth Admin", "needs a server of OAuth"),
    ("passkey.e2e", "needs passkeys"),
    ("WebAuthn MFA", "needs WebAuthn"),
)
SUITES = {
    "js": Suite(
        "postgrest-js",
        installed_js,
        (f"{JS}/supabase/migrations/00000000000000_schema.sql", f"{JS}/supabase/seed.sql"),
        (Api(),),  # as Supabase's platform has it; the rest is said by their ALTER ROLE authenticator
        postgrest_js,
        schemas=("public", "personal", "graphql_public"),
        apart=(("transforms.test.ts: geojson", "needs PostGIS"),),
    ),
    "v12": Suite(
        "postgrest-js, for v12",
        installed_js,
        (f"{JS}/v12/00-schema.sql", f"{JS}/v12/01-seed.sql"),
        (Api({"anonymous": OWNER, "aggregates": True, "plan": True}),),
        postgrest_js_v12,
        apart=(("spread on many relation returns error in v12", "PostgREST spreads such relations since version 13"),),
    ),
    "app": Suite(
        "supabase-js, integration",
        installed_app,
        (f"{APP}/supabase/migrations/*.sql",),
        (Api(),),
        supabase_js,
        ("public",),
    ),
    "py": Suite(
        "supabase-py, postgrest",
        installed_py,
        ("src/postgrest/infra/init.sql",),
        (Api({"anonymous": OWNER, "plan": True}),),
        supabase_py,
    ),
    "realtime": Suite(
        "supabase-py, realtime",
        installed_realtime,
        ("src/realtime/infra/supabase/migrations/*.sql",),
        (Api(),),
        realtime_py,
        ("public",),
    ),
    "auth-js": Suite(
        "supabase-js, auth-js",
        installed_auth_js,
        (),
        (Api(secret=keys_of_auth_js),),
        auth_js,
        ("public",),
        apart=OTHER_SERVICES,
    ),
    "auth-js-apart": Suite(
        "supabase-js, auth-js, other settings",
        installed_auth_js,
        (),
        (Api({"auth": {"confirm": True, "anonymous": False}}, lambda _: AUTH_SECRET), *AUTH_APIS[1:]),
        auth_js_apart,
        ("public",),
    ),
    "auth-py": Suite(
        "supabase-py, auth",
        installed_auth_py,
        (),
        AUTH_APIS,
        auth_py,
        ("public",),
        apart=OTHER_SERVICES,
    ),
}


IN_PYTHON = frozenset({"py", "realtime", "auth-py"})


def counted(suite: Suite, checkout: Path, copy: Path, found: binaries.Binaries | None) -> Count:
    """One suite against a database of its own."""
    os.environ["HAULBACK_BENCH_WORKERS"] = "1"
    with served(**({"found": found} if found else {})) as (home, running), ExitStack() as stack:
        load(running, [file for pattern in suite.sql for file in sorted(checkout.glob(pattern))])
        addresses = []
        for number, api in enumerate(suite.apis):
            folder = home / f"project{number}"
            folder.mkdir()
            (folder / "haulback.toml").write_text(configuration(suite, api, home, running), encoding="utf-8")
            url, _ = stack.enter_context(gateway(folder, api.secret(copy)))
            addresses.append(f"{url}/rest/v1")
        return suite.run(copy, *addresses)


def configuration(suite: Suite, api: Api, home: Path, running: Running) -> str:
    options = {"tx_end": "commit-allow-override", **api.settings}
    if "anonymous" in options:
        options |= {"login": OWNER, "max_rows": 0, "extra_search_path": ["extensions"]}
    tables = {name: value for name, value in options.items() if isinstance(value, dict)}
    plain = {name: value for name, value in options.items() if name not in tables}
    text = (
        f'home = "{home}"\nexposed_schemas = {json.dumps(suite.schemas)}\n'
        f'[targets.suite]\nurl = "{running.url()}"\n[api]\n{assigned(plain)}'
    )
    return text + "".join(f"[api.{name}]\n{assigned(table)}" for name, table in tables.items())


def assigned(options: dict[str, object]) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())


def told(suite: Suite, count: Count, show: int) -> None:
    apart = {name: why for name in count.failed for part, why in suite.apart if part in name}
    wrong = {name: text for name, text in count.failed.items() if name not in apart}
    everything = count.passed + len(count.failed) + len(count.skipped)
    sys.stdout.write(
        f"{suite.title:<36} {everything:4} cases: {count.passed} passed, {len(wrong)} failed, "
        f"{len(apart)} cannot hold, {len(count.skipped)} skipped\n"
    )
    for name, why in apart.items():
        sys.stdout.write(f"  cannot hold: {name}: {why}\n")
    for why, number in Counter(count.skipped.values()).items():
        sys.stdout.write(f"  skipped: {number}: {why}\n")
    for number, (name, text) in enumerate(wrong.items()):
        sys.stdout.write(f"  failed: {name}\n" + (f"{text}\n" if number < show else ""))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("js", type=Path)
    asked.add_argument("py", type=Path)
    asked.add_argument("--only", choices=tuple(SUITES))
    asked.add_argument("--show", type=int, default=0, help="failures to show whole")
    asked.add_argument("--major", type=int, default=0, help="15 for an installed server; else the embedded one")
    asked.add_argument("--keep", type=Path, help="folder for the copies")
    options = asked.parse_args()
    found = binaries.for_major(options.major) if options.major else None
    if options.major and found is None:
        sys.exit(f"no PostgreSQL {options.major} here")
    with tempfile.TemporaryDirectory(prefix="haulback-suites-") as passing:
        kept = (options.keep or Path(passing)).resolve()
        for name in [options.only] if options.only else SUITES:
            suite = SUITES[name]
            checkout = options.py if name in IN_PYTHON else options.js
            copy = kept / ("py" if name in IN_PYTHON else "js")
            copy.mkdir(parents=True, exist_ok=True)
            package = suite.install(checkout, copy)
            told(suite, counted(suite, checkout, package, found), options.show)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
