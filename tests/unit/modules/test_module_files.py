"""The files of the module as the package carries them, and writing them into a repository."""

from __future__ import annotations

import re
import subprocess
import sys

import postgast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.errors import Exit
from haulback.modules.engagement_events.module import SCHEDULES, load, maintenance_sql, write
from haulback.modules.module import ModuleFileDiffers

SQL = {str(file.path): file.text for file in load().files} | {
    f"maintenance/{name}.sql": maintenance_sql(name) for name in ("enforce", "relax")
}


def test_every_migration_has_its_rollback_script():
    names = [file.path.name for file in load().migrations]
    assert names == [file.path.name for file in load().rollbacks]
    assert names == sorted(names)
    assert len({file.version for file in load().migrations}) == len(names) > 0


@pytest.mark.parametrize("path", SQL)
def test_every_file_is_plain_sql_for_one_transaction(path):
    kinds = [s.stmt.WhichOneof("node") for s in postgast.parse(SQL[path]).stmts]
    assert kinds
    assert "transaction_stmt" not in kinds
    assert not re.search(r"^\\", SQL[path], flags=re.MULTILINE)
    assert not re.search(r"\bcascade\b(?!,)", SQL[path].replace("on delete cascade", ""), flags=re.IGNORECASE)
    assert "create_extension_stmt" not in kinds


@pytest.mark.parametrize("path", [p for p in SQL if p.startswith("migrations/")])
def test_no_migration_hides_drift(path):
    assert not re.search(r"if not exists|or replace", re.sub(r"--.*", "", SQL[path]), flags=re.IGNORECASE)


def test_pg_cron_runs_what_haulback_runs_where_it_is_absent():
    scheduled = re.findall(r"cron\.schedule\(\s*'([^']*)', '([^']*)', '([^']*)'\s*\)", "".join(SQL.values()))
    assert scheduled == [(s.name, s.cron, s.sql) for s in SCHEDULES]
    unscheduled = re.findall(r"cron\.unschedule\('([^']*)'\)", "".join(SQL.values()))
    assert unscheduled == [s.name for s in SCHEDULES]


def test_write_writes_once(tmp_path):
    written = write(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [str(f.path) for f in load().files]
    assert all(path.read_text(encoding="utf-8") == SQL[path.relative_to(tmp_path).as_posix()] for path in written)
    assert write(tmp_path) == ()
    written[2].unlink()
    assert write(tmp_path) == (written[2],)
    assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == sorted(written)


def test_write_takes_a_checkout_with_other_line_ends_for_the_same(tmp_path):
    for path in write(tmp_path):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert write(tmp_path) == ()


@pytest.mark.parametrize("content", [b"-- mine\n", b"\xff\xfe", b""])
def test_write_overwrites_nothing_and_then_writes_nothing(tmp_path, content):
    mine = tmp_path / load().migrations[-1].path
    mine.parent.mkdir(parents=True)
    mine.write_bytes(content)
    with pytest.raises(ModuleFileDiffers, match=r"engagement_events_monitoring\.sql exists and is not") as refusal:
        write(tmp_path)
    assert refusal.value.exit_code is Exit.REFUSED
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [mine]
    assert mine.read_bytes() == content


def test_write_refuses_a_folder_in_the_place_of_a_file(tmp_path):
    (tmp_path / load().seed.path).mkdir(parents=True)
    with pytest.raises(ModuleFileDiffers):
        write(tmp_path)


@given(st.sets(st.sampled_from(load().files)))
def test_write_completes_whatever_was_there(tmp_path_factory, present):
    folder = tmp_path_factory.mktemp("repository")
    for file in present:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_text(file.text, encoding="utf-8")
    assert len(write(folder)) == len(load().files) - len(present)
    assert write(folder) == ()


def test_importing_the_room_imports_no_driver():
    program = "import sys, haulback.modules.engagement_events.exports as _; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
