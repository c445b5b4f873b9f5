"""What a person reads of a replayed history."""

from __future__ import annotations

from haulback.model.history_replay import HistoryReplay, ReplayedFile, Reversal
from haulback.report import document_history, text_history

FILES = (
    ReplayedFile("1", "1_a", Reversal.EXACT, seconds=0.1),
    ReplayedFile("2", "2_b", Reversal.COLUMN_ORDER),
    ReplayedFile("3", "3_c", Reversal.IRREVERSIBLE, "type x: no\x1b[31m"),
    ReplayedFile("4", "4_d", Reversal.FAILED, "4_d.sql:1:1: no"),
    ReplayedFile("5", "5_e", Reversal.UNCHANGED),
)
REPLAY = HistoryReplay(FILES, 0.5, "pg_dump", 18, platform=False)


def test_summary() -> None:
    text = text_history.replayed(REPLAY)
    assert text.startswith(
        "5 files, 4 applied, 3 change the schema\n1 reversed exactly, 1 but for the order of columns"
    )
    assert "1 not reversed:\n  3_c: type x: no\\x1b[31m\n" in text
    assert "1 failed:\n  4_d: 4_d.sql:1:1: no\n" in text
    assert text.endswith("0.5 s, 100 ms a file, on PostgreSQL 18")


def test_line() -> None:
    assert text_history.line(FILES[0]) == "1_a reversed exactly (0.100 s)"


def test_document() -> None:
    found = document_history.replayed(REPLAY)
    assert (found["ok"], found["exit"], found["files"], found["applied"], found["changed_schema"]) == (
        False,
        3,
        5,
        4,
        3,
    )
    assert found["irreversible"] == [{"version": "3", "reason": "type x: no\\x1b[31m"}]
    assert found["failed"] == [{"version": "4", "error": "4_d.sql:1:1: no"}]


def test_all_well() -> None:
    found = document_history.replayed(HistoryReplay(FILES[:2], 0.0, "fingerprint", 18, platform=True))
    assert (found["ok"], found["exit"], found["reversed_exactly"], found["reversed_except_column_order"]) == (
        True, 0, 1, 1,
    )  # fmt: skip
