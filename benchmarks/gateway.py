"""The REST API beside pgbench, on one machine and in one run: reads, inserts, and bulk inserts of events under RLS.

The floor is pgbench with prepared statements and the four round trips that a request needs when it is done the usual
way: BEGIN, set_config, the statement, COMMIT. For bulk inserts it is COPY of the same rows. wrk makes the requests,
over 16 connections, as one of 2,000 users each time; every turn runs the floor and the gateway one after the other.

Needs wrk and PostgreSQL 15's pgbench (Debian: apt-get install wrk postgresql-15).

HAULBACK_BENCH_SECONDS sets the length of one turn (default 8), HAULBACK_BENCH_TURNS how many (default 5).
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import jwt
import psutil
import psycopg

from _measure import fresh_database, served
from haulback.gateway.rest.planned import Options, RequestShape
from haulback.gateway.rest.planning import planned
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.schema.reading import read
from haulback.pg.cluster import SUPERUSER, Running

SECONDS = int(os.environ.get("HAULBACK_BENCH_SECONDS", "8"))
TURNS = int(os.environ.get("HAULBACK_BENCH_TURNS", "5"))
WORKERS = int(os.environ.get("HAULBACK_BENCH_WORKERS", "2"))
CONNECTIONS = 16
USERS, EVENTS = 2_000, 200_000
BULK = 1_000
SECRET = "benchmark-" + "s" * 32
PGBENCH = Path("/usr/lib/postgresql/15/bin/pgbench")
READ = "select=id,event_type,value,timestamp&order=timestamp.desc&limit=10"

TABLE = f"""
create table public.events (
  id bigint generated always as identity primary key, user_id uuid not null, event_type text not null,
  value jsonb not null, "timestamp" timestamptz not null default now());
insert into public.events (user_id, event_type, value, "timestamp")
  select md5((g % {USERS})::text)::uuid, (array['app_opened', 'lesson_completed', 'steps_synced'])[1 + g % 3],
         jsonb_build_object('steps', g % 12000, 'source', 'healthkit'), now() - g * interval '1 second'
    from pg_catalog.generate_series(1, {EVENTS}) as g;
create index on public.events (user_id, "timestamp" desc);
alter table public.events enable row level security;
create policy own on public.events to authenticated
  using (user_id = (select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid)
  with check (user_id = (select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid);
grant select, insert on public.events to authenticated, service_role;
grant usage on all sequences in schema public to authenticated, service_role;
"""

CLAIMS = """'{"role":"authenticated","sub":"' || md5(:user::text)::uuid || '"}'"""
BEGIN = f"""\\set user random(0, {USERS - 1})
begin;
select set_config('role', 'authenticated', true), set_config('request.jwt.claims', {CLAIMS}, true);
"""
FLOOR_READ = (
    BEGIN
    + """select coalesce(json_agg(t), '[]') from (
  select id, event_type, value, "timestamp" from public.events order by "timestamp" desc limit 10) t;
commit;
"""
)
FLOOR_INSERT = (
    BEGIN
    + """insert into public.events (user_id, event_type, value)
  values (md5(:user::text)::uuid, 'app_opened', '{"steps": 1}');
commit;
"""
)

# wrk's script: a request of another user each time, made beforehand so that making it costs nothing.
LUA = """
local requests, next_one = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    local token, body = line:match("^(%S+) ?(.*)$")
    local headers = { ["Authorization"] = "Bearer " .. token, ["Accept"] = "*/*" }
    if body ~= "" then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(args[2], args[3], headers, body ~= "" and body or nil)
  end
  next_one = math.random(#requests)
end
function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
function response(status) if status >= 400 then print("status " .. status) end end
function done(summary, latency)
  print(string.format("figures %d %d %.3f %.3f %d", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect))
end
"""


@dataclass(frozen=True)
class Turn:
    """Work of one turn: requests a second, and the slowest of a hundred in milliseconds."""

    rate: float
    p99: float


def user(number: int) -> str:
    return str(uuid.UUID(hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()))


def token(number: int) -> str:
    claims = {"role": "authenticated", "sub": user(number), "aud": "authenticated", "exp": int(time.time()) + 86400}
    return jwt.encode(claims, SECRET, algorithm="HS256")


@contextmanager
def gateway(folder: Path, secret: str = SECRET) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    command = [str(Path(sys.executable).with_name("haulback")), "serve", "--port", "0", "--json"]
    command += ["--workers", str(WORKERS)]
    environment = {**os.environ, "HAULBACK_JWT_SECRET": secret}
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    try:
        url = json.loads(process.stdout.readline())["url"]
        for _ in range(200):
            try:
                urllib.request.urlopen(url + "/rest/v1/", timeout=1).read()
            except OSError:
                time.sleep(0.02)
            else:
                break
        yield url, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def pgbench(running: Running, script: Path) -> Turn:
    command = [PGBENCH, "-n", "-M", "prepared", "-c", CONNECTIONS, "-j", 1, "-T", SECONDS, "-f", script, "-l"]
    environment = {
        **os.environ,
        "PGHOST": str(running.socket_dir),
        "PGPORT": str(running.port),
        "PGUSER": "authenticator",
    }
    with tempfile.TemporaryDirectory() as logs:
        told = subprocess.run(
            [*map(str, command), "--log-prefix", f"{logs}/log", "bench"],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        waits = sorted(
            int(line.split()[2]) / 1000 for log in Path(logs).iterdir() for line in log.read_text().splitlines()
        )
    rate = re.search(r"tps = ([\d.]+) \(without", told)
    assert rate is not None, told
    return Turn(float(rate[1]), waits[len(waits) * 99 // 100])


def wrk(url: str, method: str, path: str, requests: Path, script: Path, connections: int = CONNECTIONS) -> Turn:
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{SECONDS}s",
        "-s",
        str(script),
        url,
        "--",
        str(requests),
        method,
        path,
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"figures (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", told)
    if found is None or int(found[5]):
        sys.exit(f"requests failed:\n{told[:2000]}")
    return Turn(int(found[1]) / (int(found[2]) / 1e6), float(found[4]))


def copied(running: Running, rows: str) -> Turn:
    """Rows a second of COPY, committed a thousand at a time, by one session as the role that bulk inserts run as."""
    done, until = 0, perf_counter() + SECONDS
    with psycopg.connect(running.conninfo(SUPERUSER, "bench"), autocommit=True) as connection:
        begun = perf_counter()
        while perf_counter() < until:
            with connection.cursor().copy("copy public.events (user_id, event_type, value) from stdin") as copy:
                copy.write(rows)
            done += BULK
        return Turn(done / (perf_counter() - begun), 0.0)


def told(name: str, floor: list[Turn], ours: list[Turn], unit: str, goal: str, scale: float = 1.0) -> None:
    ratios = sorted(our.rate * scale / one.rate for our, one in zip(ours, floor, strict=True))
    waits = statistics.median(our.p99 for our in ours), statistics.median(one.p99 for one in floor)
    line = f"{name:<26} floor {statistics.median(one.rate for one in floor):9,.0f} {unit}"
    line += f"   ours {statistics.median(our.rate * scale for our in ours):9,.0f} {unit}"
    line += f"   ratio {statistics.median(ratios):.2f} [{ratios[0]:.2f} .. {ratios[-1]:.2f}]   {goal}"
    if waits[1]:
        line += f"   p99 {waits[0]:.1f} ms, floor {waits[1]:.1f} ms"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def turns(*measures: Callable[[], Turn]) -> list[list[Turn]]:
    found: list[list[Turn]] = [[] for _ in measures]
    for _ in range(TURNS):
        for place, measure in zip(found, measures, strict=True):
            place.append(measure())
    return found


def answered(url: str) -> float:
    """Seconds until a read is answered."""
    begun = perf_counter()
    while True:
        try:
            urllib.request.urlopen(f"{url}/rest/v1/events?limit=0&apikey={token(1)}", timeout=10).read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)
        else:
            return perf_counter() - begun


def started(folder: Path) -> None:
    """From the command to the first answer, and from the end of all workers to the first of those in their place."""
    whole, workers = [], []
    for _ in range(TURNS):
        begun = perf_counter()
        with gateway(folder) as (url, process):
            whole.append(perf_counter() - begun)
            for worker in psutil.Process(process.pid).children():
                worker.kill()
            workers.append(answered(url))
    sys.stdout.write(
        f"start: {statistics.median(whole):.2f} s from the command to the first answer, "
        f"{statistics.median(workers):.2f} s for workers in the place of killed ones (goal 0.5)\n"
    )


def compiled(running: Running) -> None:
    """From a URL whose shape nobody has asked for yet to its SQL."""
    with psycopg.connect(running.conninfo("authenticator", "bench"), autocommit=True) as connection:
        cache = read(connection, ("public",))
    spent = []
    for number in range(500):
        begun = perf_counter()
        shape, _ = taken_apart(f"select=a{number}:id,value&or=(id.gt.5,event_type.eq.x)&user_id=eq.x&order=id.desc")
        planned(RequestShape("GET", "public", "events", is_call=False, shape=shape), cache, Options())
        spent.append(1000 * (perf_counter() - begun))
    median, p95 = statistics.median(spent), sorted(spent)[475]
    sys.stdout.write(f"a URL of a new shape to SQL: {median:.2f} ms, p95 {p95:.2f} ms (goal 0.5)\n")


@contextmanager
def prepared() -> Iterator[tuple[Path, Path, Running]]:
    """A server with the events: its home, a project folder for the gateway, and itself."""
    if shutil.which("wrk") is None or not PGBENCH.exists():
        sys.exit("needs wrk and PostgreSQL 15: apt-get install wrk postgresql-15")
    with served() as (home, running):
        folder = home / "project"
        folder.mkdir()
        url = fresh_database(running)
        (folder / "haulback.toml").write_text(
            f'home = "{home}"\n[targets.bench]\nurl = "{url}"\n[api]\n[targets.bench.policy]\n'
        )
        with psycopg.connect(running.conninfo(SUPERUSER, "bench"), autocommit=True) as connection:
            connection.execute("grant usage on schema public to anon, authenticated, service_role")
            connection.execute(TABLE.encode())
            connection.execute("vacuum analyze public.events")
        yield home, folder, running


def main() -> None:
    with prepared() as (home, folder, running):
        measure(home, folder, running)


def measure(home: Path, folder: Path, running: Running) -> None:
    scripts = {
        name: home / name for name in ("read.sql", "insert.sql", "wrk.lua", "read.txt", "insert.txt", "bulk.txt")
    }
    scripts["read.sql"].write_text(FLOOR_READ)
    scripts["insert.sql"].write_text(FLOOR_INSERT)
    scripts["wrk.lua"].write_text(LUA)
    tokens = [token(number) for number in range(USERS)]
    scripts["read.txt"].write_text("\n".join(tokens))
    one = '{"user_id":"%s","event_type":"app_opened","value":{"steps":1}}'
    scripts["insert.txt"].write_text("\n".join(f"{it} {one % user(n)}" for n, it in enumerate(tokens)))
    key = jwt.encode({"role": "service_role", "exp": int(time.time()) + 86400}, SECRET, algorithm="HS256")
    scripts["bulk.txt"].write_text(f"{key} [{','.join(one % user(n) for n in range(BULK))}]")
    rows = "".join(f'{user(n)}\tapp_opened\t{{"steps":1}}\n' for n in range(BULK))
    with gateway(folder) as (url, process):
        lua = scripts["wrk.lua"]
        wrk(url, "GET", f"/rest/v1/events?{READ}", scripts["read.txt"], lua)  # warm
        floor, ours = turns(
            lambda: pgbench(running, scripts["read.sql"]),
            lambda: wrk(url, "GET", f"/rest/v1/events?{READ}", scripts["read.txt"], lua),
        )
        told("read 10 own rows", floor, ours, "/s", "goal 0.80, stretch 1.20")
        floor, ours = turns(
            lambda: pgbench(running, scripts["insert.sql"]),
            lambda: wrk(url, "POST", "/rest/v1/events", scripts["insert.txt"], lua),
        )
        told("insert one row", floor, ours, "/s", "goal 0.80")
        path = "/rest/v1/events?columns=user_id,event_type,value"
        floor, ours = turns(
            lambda: copied(running, rows), lambda: wrk(url, "POST", path, scripts["bulk.txt"], lua, connections=1)
        )
        told("bulk insert, 1,000 rows", floor, ours, "rows/s", "goal 0.50", scale=BULK)
        workers = psutil.Process(process.pid).children() or [psutil.Process(process.pid)]
        sizes = ", ".join(f"{one.memory_info().rss / 1e6:.0f}" for one in workers)
        shares = ", ".join(f"{one.memory_full_info().uss / 1e6:.0f}" for one in workers)
        sys.stdout.write(f"memory of {len(workers)} workers: {sizes} MB resident, {shares} MB of their own (goal 80)\n")
    started(folder)
    compiled(running)


if __name__ == "__main__":
    main()
