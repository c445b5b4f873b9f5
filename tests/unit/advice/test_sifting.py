"""What is ignored, and which ignored keys match nothing."""

from __future__ import annotations

from haulback.advice.running import lints
from haulback.advice.sifting import sifted, unmatched
from haulback.errors import Exit
from haulback.model.advice import Advice, AdviceLevel, AdviceReport, Category, Facing, LintAnswer, Looked


def finding(name: str, key: str, level: AdviceLevel = AdviceLevel.WARN) -> Advice:
    return Advice(name, "T", level, Facing.EXTERNAL, (Category.SECURITY,), "D.", "d", "R.", {}, key)


def answer(name: str, *keys: str, level: AdviceLevel = AdviceLevel.WARN, looked: Looked = Looked.RAN) -> LintAnswer:
    return LintAnswer(name, "T", level, looked, found=tuple(finding(name, key, level) for key in keys))


def test_the_worst_come_first_and_the_ignored_are_apart():
    answers = [
        answer("no_primary_key", "no_primary_key_b", "no_primary_key_a", level=AdviceLevel.INFO),
        answer("rls_disabled_in_public", "rls_disabled_in_public_x", level=AdviceLevel.ERROR),
    ]

    told, ignored = sifted(answers, ["no_primary_key_b"])

    assert [one.cache_key for one in told] == ["rls_disabled_in_public_x", "no_primary_key_a"]
    assert [one.cache_key for one in ignored] == ["no_primary_key_b"]


def everything(**looked: Looked) -> list[LintAnswer]:
    return [answer(name, looked=looked.get(name, Looked.RAN)) for name in lints()]


def test_a_key_that_matches_nothing_is_told_once():
    assert unmatched(everything(), ["duplicate_index_x", "nonsense", "nonsense"], lints()) == (
        "duplicate_index_x",
        "nonsense",
    )


def test_nothing_is_said_of_keys_of_lints_that_could_not_look():
    answers = everything(table_bloat=Looked.UNKNOWN, invalid_index=Looked.NOT_APPLICABLE)
    keys = ["table_bloat_public_x", "invalid_index_public_x"]
    assert unmatched(answers, keys, lints()) == ("invalid_index_public_x",)


def test_nothing_is_said_of_keys_of_lints_that_were_not_asked():
    asked = [one for one in everything() if one.name != "auth_rls_initplan"]
    assert unmatched(asked, ["auth_rls_init_plan_public_x_y", "no_primary_key_x"], lints()) == ("no_primary_key_x",)


def test_endings():
    unknown = answer("rls_disabled_in_public", level=AdviceLevel.ERROR, looked=Looked.UNKNOWN)
    mild = answer("no_primary_key", looked=Looked.UNKNOWN)
    error, warning = finding("a", "a", AdviceLevel.ERROR), finding("b", "b")

    assert AdviceReport("t", answers=(mild,), findings=(warning,)).ending is Exit.DONE
    assert AdviceReport("t", answers=(unknown,), findings=(warning,)).ending is Exit.UNVERIFIED
    assert AdviceReport("t", answers=(unknown,), findings=(error,)).ending is Exit.REFUSED
