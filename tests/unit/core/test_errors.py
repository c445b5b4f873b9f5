from __future__ import annotations

import string

import pytest
from error_pages import PAGE, code, errors, page

from haulback.errors import Exit, UsageError


class Anything:
    """A field of any kind: formats as text and as a number."""

    def __format__(self, spec: str) -> str:
        return format(1.0, spec) if spec else "anything"


def fields(template: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("kind", errors(), ids=code)
def test_an_error_reads_as_errors_do(kind):
    needed = fields(kind.template) | fields(kind.hint_template)
    error = kind(**{name: Anything() for name in needed})

    assert kind.__name__ not in error.message
    assert "{" not in error.message + error.hint
    first = kind.template[:1]
    assert first == "{" or not first.isupper() or kind.template.split()[0].isupper(), "a message begins in lower case"
    assert not kind.template.endswith("."), "a message is no sentence"
    assert kind.hint_template, "a hint says what to do next"
    assert kind.hint_template[-1] in ".?}", "a hint is a sentence"
    assert kind.hint_template[0] in "{`" or kind.hint_template[0].isupper()
    assert isinstance(kind.exit_code, Exit)
    assert kind.exit_code != Exit.DONE


def test_no_two_errors_share_a_code():
    codes = [code(one) for one in errors()]

    assert sorted(set(codes)) == sorted(codes)


def test_every_error_is_documented_as_it_is():
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/errors"


def test_fields_are_attributes_and_fill_the_message():
    error = UsageError(problem="no {braces}", hint="Type it.")

    assert (error.problem, error.message, error.hint, error.code) == (
        "no {braces}", "no {braces}", "Type it.", "usage-error",
    )  # fmt: skip
    with pytest.raises(AttributeError):
        error.nothing  # noqa: B018
