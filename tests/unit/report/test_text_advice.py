"""`haulback advise`, told to a person."""

from __future__ import annotations

from haulback.model.advice import Advice, AdviceLevel, AdviceReport, Category, Facing, LintAnswer, Looked
from haulback.report import document_advice, text_advice

FOUND = Advice(
    name="no_primary_key",
    title="No Primary Key",
    level=AdviceLevel.INFO,
    facing=Facing.EXTERNAL,
    categories=(Category.PERFORMANCE,),
    description="Without one.",
    detail="table public.visits has no primary key\x1b[2J",
    remediation="alter table public.visits add primary key (id);",
    metadata={"schema": "public", "name": "visits", "type": "table"},
    cache_key="no_primary_key_public_visits",
)
REPORT = AdviceReport(
    target="here",
    exposed=("public",),
    answers=(
        LintAnswer("no_primary_key", "No Primary Key", AdviceLevel.INFO, Looked.RAN, found=(FOUND,)),
        LintAnswer("table_bloat", "Table Bloat", AdviceLevel.INFO, Looked.UNKNOWN, "statistics are hidden"),
        LintAnswer("x", "X", AdviceLevel.WARN, Looked.NOT_APPLICABLE, "there is no schema pgmq"),
    ),
    findings=(FOUND,),
    unmatched=("nonsense",),
    notes=("the exposed schema api does not exist on the target",),
)


def test_everything_is_told():
    assert text_advice.advised(REPORT) == (
        "INFO: table public.visits has no primary key\\x1b[2J [no_primary_key]\n"
        "    alter table public.visits add primary key (id);\n"
        "    to ignore it: no_primary_key_public_visits\n"
        "unknown: table_bloat: statistics are hidden\n"
        "note: the exposed schema api does not exist on the target\n"
        "note: the ignored key nonsense matches nothing\n"
        "\n"
        "0 ERROR, 0 WARN, 1 INFO: 1 lint ran, 1 unknown, 1 not applicable\n"
    )


def test_nothing_found():
    assert text_advice.advised(AdviceReport("here")) == "0 ERROR, 0 WARN, 0 INFO: 0 lints ran\n"


def test_a_finding_has_the_shape_of_the_advisors():
    assert list(document_advice.advised(REPORT)["findings"][0]) == [
        *("name", "title", "level", "facing", "categories", "description", "detail", "remediation", "metadata"),
        "cache_key",
    ]
