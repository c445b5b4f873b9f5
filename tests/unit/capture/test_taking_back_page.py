"""The page that says what can be taken back is what the code does."""

from __future__ import annotations

from taking_back_page import PAGE, page, reasons


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/taking-back"


def test_the_reasons_are_found() -> None:
    assert "its table has no primary key to find rows by" in reasons()
    assert any("inherits from" in one for one in reasons())
    assert any("partitioned" in one for one in reasons())
