from __future__ import annotations

import os
from pathlib import Path

import pytest

from haulback.migrations.errors import (
    DuplicateRollback,
    DuplicateVersion,
    FileUnreadable,
    FolderMissing,
    FolderUnreadable,
    NameNotUtf8,
)
from haulback.migrations.folder import find
from haulback.migrations.parse import read_script


def test_files_come_in_the_order_of_their_names_as_supabase_applies_them(folder, write):
    for name in ("20240102000000_b.sql", "20240101000000_c.sql", "10_x.sql", "9_y.sql"):
        write(name)

    assert list(find(folder).files) == ["10", "20240101000000", "20240102000000", "9"]


@pytest.mark.parametrize(
    ("name", "version", "rest"),
    [
        ("20241201000000_create_users.sql", "20241201000000", "create_users"),
        ("20241201000000_.sql", "20241201000000", ""),
        ("20241201000000.sql", "20241201000000", ""),
        ("0001-first.sql", "0001", "first"),
        ("V1__init.sql", "1", "init"),
        ("v1.2__init.sql", "1.2", "init"),
        ("7.sql", "7", ""),
        ("20241201000000_Zwölf Äpfel (2).sql", "20241201000000", "Zwölf Äpfel (2)"),
        ("20241201000000_a.b.sql", "20241201000000", "a.b"),
        ("20241201000000_a.up.sql", "20241201000000", "a"),
        ('20241201000000_it\'s "odd"; --.sql', "20241201000000", 'it\'s "odd"; --'),
    ],
)
def test_version_and_name_are_read_from_odd_names(folder, write, name, version, rest):
    path = write(name)

    assert {version: (rest, path)} == find(folder).files


def test_what_is_no_migration_is_named_with_the_reason(folder, write):
    for name in ("README.md", "helpers.sql", "20240101000000_x.SQL", "20240101000000_y.sql", "9_gone.down.sql"):
        write(name)
    (folder / "20240102000000_folder.sql").mkdir()

    found = find(folder)

    assert list(found.files) == ["20240101000000"]
    assert sorted(found.skipped) == [
        ("20240101000000_x.SQL", "its name does not end in .sql in lower case"),
        ("9_gone.down.sql", "it takes back a version that has no file"),
        ("helpers.sql", "its name does not begin with a version"),
    ]


@pytest.mark.parametrize(
    "place",
    ["20240101000000_x.down.sql", "rollbacks/20240101000000_x.sql", "../rollbacks/20240101000000_other_name.sql",
     "rollbacks/20240101000000.down.sql"],
)  # fmt: skip
def test_a_rollback_script_is_found_in_each_of_its_places(folder, write, place):
    write("20240101000000_x.sql")
    write(place, "drop table x;")

    found = find(folder)

    assert list(found.files) == ["20240101000000"]
    assert found.load("20240101000000").rollback.text == "drop table x;"


def test_two_rollback_scripts_for_one_version_are_refused(folder, write):
    write("1_x.sql")
    write("1_x.down.sql")
    write("rollbacks/1_x.sql")

    with pytest.raises(DuplicateRollback, match="version 1 has two rollback scripts"):
        find(folder)


def test_two_files_of_one_version_are_refused(folder, write):
    write("1_x.sql")
    write("1_y.sql")

    with pytest.raises(DuplicateVersion, match=r"1_x\.sql and 1_y\.sql"):
        find(folder)


def test_two_files_of_one_version_may_stand_apart(folder, write):
    write("1_x.sql")
    write("1_y.sql")
    write("2_z.sql")

    found = find(folder, apart=True)

    assert [(version, path.name) for version, (_, path) in found.files.items()] == [
        ("1", "1_x.sql"),
        ("1_y", "1_y.sql"),
        ("2", "2_z.sql"),
    ]


def test_no_folder_and_a_folder_that_is_a_file_are_refused(tmp_path):
    (tmp_path / "file").write_text("")

    for path in (tmp_path / "none", tmp_path / "file"):
        with pytest.raises(FolderMissing):
            find(path)


def test_symlink_loops_end_in_an_error_that_names_the_file(folder):
    (folder / "1_loop.sql").symlink_to(folder / "1_loop.sql")
    (folder / "loop").symlink_to(folder / "loop")

    with pytest.raises(FolderMissing):
        find(folder / "loop")
    with pytest.raises(FileUnreadable, match=r"1_loop\.sql"):
        find(folder).load("1")


def test_a_dangling_link_is_not_passed_over(folder):
    (folder / "1_gone.sql").symlink_to(folder / "nowhere")

    with pytest.raises(FileUnreadable, match=r"1_gone\.sql"):
        find(folder).load("1")


def test_a_fifo_does_not_hang(folder):
    os.mkfifo(folder / "1_pipe.sql")

    with pytest.raises(FileUnreadable, match="no regular file"):
        read_script(folder / "1_pipe.sql")


def test_a_name_that_is_not_utf8_is_refused(folder):
    Path(os.fsdecode(os.fsencode(folder) + b"/1_\xff.sql")).write_text("select 1")

    with pytest.raises(NameNotUtf8, match=r"1_.*\.sql"):
        find(folder)


def test_an_unreadable_folder_is_an_error_of_its_own(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    own = os.geteuid()
    try:
        if own == 0:
            os.seteuid(65534)  # root reads everything
        for path in (closed, closed / "below"):
            with pytest.raises(FolderUnreadable, match="Permission denied"):
                find(path)
    finally:
        os.seteuid(own)
        closed.chmod(0o755)
