"""PostgREST's own specs, run against `haulback serve`: how many of its cases are answered as it answers them.

    .venv/bin/python benchmarks/postgrest_spec.py FOLDER [--only RpcSpec] [--show 20] [--major 15]

FOLDER is a checkout of PostgREST/postgrest (its code and fixtures stay out of this repository). Needs psql. The parts
of the fixtures that need PostGIS are left out, and so are its cases. Each file of specs is run with the settings that
PostgREST's suite runs it with; everything is rolled back, as there.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg

from _haskell_spec import Case, Unread, cases
from _measure import served
from gateway import gateway
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Running

LOGIN = "postgrest_test_authenticator"
SECRET = "reallyreallyreallyreallyverysafe"
LEFT_OUT = {
    "PostGISSpec": "PostGIS",
    "PgSafeUpdateSpec": "an extension that is not here",
    "ServerTimingSpec": "computed",
    "ConcurrentSpec": "computed",
    "NoJwtSecretSpec": "a server without a secret",
    "BinaryJwtSecretSpec": "a secret in base64",
}
BASE = {"tx_end": "rollback-allow-override", "extra_search_path": [], "max_rows": 0, "pre_request": "test.switch_role"}
SETTINGS: dict[str, dict[str, object]] = {
    "AggregateFunctionsSpec.allowed": {"aggregates": True},
    "SpreadQueriesSpec": {"aggregates": True},
    "PlanSpec.spec": {"plan": True},
    "RollbackSpec.allowed": {"tx_end": "commit-allow-override"},
    "RollbackSpec.disallowed": {"tx_end": "commit"},
    "RollbackSpec.forced": {"tx_end": "rollback"},
    "AudienceJwtSecretSpec.spec": {"audience": "youraudience"},
    "QueryLimitedSpec": {"max_rows": 2},
    "ExtraSearchPathSpec": {"extra_search_path": ["public", "extensions", 'EXTRA "@/\\#~_-']},
    "RpcPreRequestGucsSpec": {"pre_request": "custom_headers"},
    "NoAnonSpec": {"anonymous": ""},
    "DisabledOpenApiSpec": {"openapi": "disabled"},
    "IgnorePrivOpenApiSpec": {"openapi": "ignore-privileges"},
}
# Settings that stand beside the cases: the field of the suite's configuration, and ours.
BESIDE = {
    "configClientErrorVerbosity = Minimal": {"errors": "minimal"},
    'configDbPreRequest = Just $ QualifiedIdentifier "test" "custom_vary_hdr"': {"pre_request": "test.custom_vary_hdr"},
    'configDbRootSpec = Just $ QualifiedIdentifier mempty "root"': {"root_spec": "root"},
    'configJwtAudience = Just "spec tests"': {"audience": "spec tests"},
    "configOpenApiSecurityActive = True": {"openapi_security": True},
    'configServerCorsAllowedOrigins = ["http': {"origins": ["http://example.com", "http://example2.com"]},
    "configServerTraceHeader": {"trace_header": "X-Request-Id"},
    "configUrlUseLegacyTargetNames = False": {"legacy_names": False},
}
SCHEMAS = {"MultipleSchemaSpec": ["v1", "v2", 'SPECIAL "@/\\#~_-'], "UnicodeSpec": ["تست"]}
APP = '[api.app]\napp_host = "localhost"\nexternal_api_secret = "0123456789abcdef"\n'


NEEDS_POSTGIS = re.compile(r"/(?:rpc/get_)?(?:lines?|shops|shop_bles)\b")


@dataclass
class Tally:
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    unread: int = 0


def load(running: Running, folder: Path) -> None:
    """The fixtures, as a superuser, without what needs PostGIS."""
    fixtures = folder / "test/spec/fixtures"
    with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {LOGIN} LOGIN NOINHERIT")
        connection.execute(f"CREATE DATABASE spec OWNER {SUPERUSER} TEMPLATE template0 ENCODING 'UTF8'")
        # What initdb chooses in the suite's own locale.
        connection.execute("ALTER DATABASE spec SET default_text_search_config = 'pg_catalog.english'")
    command = ["psql", "-q", "-X", "-d", running.conninfo(SUPERUSER, "spec"), "-v", f"PGUSER={LOGIN}"]
    command += ["-v", f"USER={SUPERUSER}", "-v", "DBNAME=spec"]
    with tempfile.TemporaryDirectory() as copy:
        for name in ("database", "roles", "schema", "jwt", "jsonschema", "privileges", "data"):
            text = (fixtures / f"{name}.sql").read_text(encoding="utf-8")
            place = Path(copy, f"{name}.sql")
            place.write_text(text, encoding="utf-8")
            done = subprocess.run([*command, "-f", str(place)], capture_output=True, text=True, check=False)
            for line in done.stderr.splitlines():
                if "ERROR" in line and not re.search(r"postgis|geom|ST_|shops|lines|line_|twkb", line):
                    sys.stdout.write(f"fixtures: {line.rpartition('sql:')[2]}\n")
    with psycopg.connect(running.conninfo(SUPERUSER, "spec"), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")  # the suite expects the planner to know how many rows there are


def encoded(path: str) -> str:
    """As the suite's client sends it: what is no ASCII as the bytes of UTF-8."""
    return quote(path, safe="%/?&=.,:;()*+!'\"<>@$[]{}|~^`\\-_#")


def ask(address: str, case: Case) -> tuple[int, list[tuple[str, str]], bytes]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), int(parts.port or 80), timeout=30)
    try:
        body = case.body.encode() if case.body or case.method in {"POST", "PATCH", "PUT"} else None
        connection.putrequest(
            case.method,
            "/rest/v1/" + encoded(case.path.removeprefix("/")).replace(" ", "%20"),
            skip_accept_encoding=True,
        )
        for name, value in case.headers:
            connection.putheader(name, value.encode())
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def judged(address: str, case: Case) -> str | None:
    """What is wrong with an answer, or None."""
    try:
        status, headers, body = ask(address, case)
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as failure:
        return f"no answer: {failure}"
    text = body.decode("utf-8", "replace")
    if status != case.status:
        return f"{status} instead of {case.status}: {text[:200]}"
    return _headers_wrong(headers, case) or _body_wrong(text, case)


def _headers_wrong(headers: list[tuple[str, str]], case: Case) -> str | None:
    for name, wanted in case.wanted_headers:
        if name.lower() == "content-length" and case.has_json:
            continue  # of a body that is compared as JSON
        given = [_said(value) for other, value in headers if other.lower() == name.lower()]
        if given if wanted is None else wanted not in given:
            return f"{name}: {given!r} instead of {wanted!r}"
    return None


def _body_wrong(text: str, case: Case) -> str | None:
    if case.has_json:
        if _loosely(text) != case.wanted_json:
            return f"{text[:300]} instead of {json.dumps(case.wanted_json, ensure_ascii=False)[:300]}"
    elif case.wanted_text is not None and _loosely(text) != _loosely(case.wanted_text):
        return f"{text[:300]!r} instead of {case.wanted_text[:300]!r}"
    return None


def _said(value: str) -> str:
    return value.encode("latin-1").decode("utf-8", "replace")


def _loosely(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@contextmanager
def serving(home: Path, running: Running, name: str, place: tuple[str, str], secret: str) -> Iterator[str]:
    section, told = place
    folder = Path(tempfile.mkdtemp(dir=home, prefix=f"project-{name}-{section}-"))
    options = BASE | SETTINGS.get(name, {}) | SETTINGS.get(f"{name}.{section}", {})
    for written, settings in BESIDE.items():
        options |= settings if written in told else {}
    api = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in options.items())
    schemas = json.dumps(SCHEMAS.get(name, ["test"]), ensure_ascii=False)
    api += f'login = "{LOGIN}"\n' + ("" if "anonymous" in options else 'anonymous = "postgrest_test_anonymous"\n')
    (folder / "haulback.toml").write_text(
        f'home = "{home}"\nexposed_schemas = {schemas}\n[targets.spec]\nurl = "{running.url(database="spec")}"\n'
        f"[api]\n{api}{APP}",
        encoding="utf-8",
    )
    os.environ["HAULBACK_BENCH_WORKERS"] = "1"
    with gateway(folder, secret) as (url, _):
        yield url


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--only", default="", help="files whose name begins so")
    asked.add_argument("--show", type=int, default=0, help="cases to show that were answered otherwise")
    asked.add_argument("--major", type=int, default=0, help="15 for an installed server; else the embedded one")
    options = asked.parse_args()
    found = binaries.for_major(options.major) if options.major else None
    if options.major and found is None:
        sys.exit(f"no PostgreSQL {options.major} here")
    tallies: dict[str, Tally] = {}
    with served(**({"found": found} if found else {})) as (home, running):
        load(running, options.folder)
        for file in sorted((options.folder / "test/spec/Feature").rglob("*.hs")):
            name = file.stem
            if name in LEFT_OUT or not name.startswith(options.only):
                continue
            tally = tallies[name] = Tally()
            found_cases = list(cases(file))
            tally.unread = sum(isinstance(case, Unread) for case in found_cases)
            sections: dict[tuple[str, str], list[Case]] = {}
            for case in found_cases:
                if isinstance(case, Case) and not NEEDS_POSTGIS.match(case.path):
                    sections.setdefault((case.section, case.told), []).append(case)
            keys = re.search(r'\[str\|(\{"keys".*?)\|\]', file.read_text(encoding="utf-8"))
            for place, members in sections.items():
                with serving(home, running, name, place, keys[1] if keys else SECRET) as url:
                    for case in members:
                        trouble = judged(url, case)
                        if trouble is None:
                            tally.right += 1
                        else:
                            tally.wrong.append(f"{case.file}:{case.line} {case.method} {case.path}\n    {trouble}")
    report(tallies, options.show)


def report(tallies: dict[str, Tally], show: int) -> None:
    shown = 0
    for name, tally in tallies.items():
        sys.stdout.write(
            f"{name:<28} {tally.right:4} of {tally.right + len(tally.wrong):4}   not read {tally.unread}\n"
        )
        for line in tally.wrong:
            if shown < show:
                sys.stdout.write(f"  {line}\n")
                shown += 1
    total = Counter(right=0, all=0, unread=0)
    for tally in tallies.values():
        total.update(right=tally.right, all=tally.right + len(tally.wrong), unread=tally.unread)
    share = 100 * total["right"] / total["all"] if total["all"] else 0.0
    sys.stdout.write(
        f"{total['right']} of {total['all']} cases answered as PostgREST answers them ({share:.1f} %); "
        f"{total['unread']} not read\n"
    )


if __name__ == "__main__":
    main()
