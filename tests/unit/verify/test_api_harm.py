"""What a row's coming would set off: a trigger that only computes may be set off, every other may not."""

from __future__ import annotations

import re

import pytest

from haulback.modules.engagement_events.module import load
from haulback.verify.api.harm import Trigger, harm

COMPUTES = "begin new.updated_at := pg_catalog.now(); -- insert into log\n return new; end"


def _of(source: str, language: str = "plpgsql") -> str:
    return harm([Trigger("told", language, source)], {"send_mail"})


@pytest.mark.parametrize(
    "source",
    [
        COMPUTES,
        "begin if tg_op = 'INSERT' then new.n := 1; end if; return new; end",
        "begin /* notify */ new.inserted := coalesce(new.inserted, now()); return new; end",
        "begin select count(*) into new.n from public.others; return new; end",
    ],
)
def test_what_only_computes_does_no_harm(source):
    assert _of(source) == ""


@pytest.mark.parametrize(
    "source",
    [
        "begin insert into public.log values (1); return new; end",
        "begin perform net.http_post('http://x'); return new; end",
        "declare a bigint := net.http_post('http://x'); begin return new; end",
        "declare a bigint := net . http_post('http://x'); begin return new; end",
        "begin PERFORM pg_notify('a', 'b'); return new; end",
        "begin notify a; return new; end",
        "begin execute 'de' || 'lete from x'; return new; end",
        "begin new.x := http_get('http://x'); return new; end",
        "begin new.x := public.send_mail(new.id); return new; end",
        'begin new.x := public."send_mail"(new.id); return new; end',
        "begin update public.counts set n = n + 1; return new; end",
    ],
)
def test_what_writes_elsewhere_or_sends_may(source):
    assert "told" in _of(source)


def test_the_modules_own_trigger_is_known_by_its_text():
    text = "\n".join(one.text for one in load().migrations)
    source = re.search(r"function public\.keep_erased_users_out\(\).*?as \$\$(.*?)\$\$;", text, re.DOTALL)[1]
    assert _of(source) == ""
    assert _of(source + " ") != ""


@pytest.mark.parametrize("table", ["public.profiles", "profiles", '"public"."profiles"', "PUBLIC . profiles"])
def test_rows_that_go_along_are_no_harm(table):
    source = f"begin insert into {table} (id) values (new.id); return new; end"
    assert harm([Trigger("told", "plpgsql", source)], (), [("public", "profiles")]) == ""
    assert harm([Trigger("told", "plpgsql", source + " delete from x;")], (), [("public", "profiles")])
    other = source.replace("profiles", "profiles_log")
    assert harm([Trigger("told", "plpgsql", other)], (), [("public", "profiles")])


def test_what_cannot_be_read_is_taken_for_the_worst():
    assert "written in c" in _of("moddatetime", "c")
