"""Whatever is asked, the answer is one of the contract: never a failure of ours, nor an error that blames the server."""

from __future__ import annotations

from urllib.parse import quote

from direct import Direct
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def words(text: str, separator: str | None = None) -> st.SearchStrategy[str]:
    return st.sampled_from(text.split(separator))


PATHS = words(
    "books authors stock covers log titles titled printings rpc/add rpc/greet rpc/total rpc/shaped rpc/books_of rpc/book "
    "rpc/counted rpc/whole rpc/whole_text rpc/page rpc/picture"
)
KEYS = words(
    "id title select columns on_conflict order limit offset and or a b author of authors.name authors.limit not.or price "
    "shop first others name line tint"
)
VALUES = words(
    "eq.1 in.(1,2) is.null not.eq.x * id,title title,authors(name) id.desc 1 -1 {} [] fts.a like.a* eq(any).{1,2} "
    "cs.{a} (id.eq.1,title.is.null) count() id,stock(*) ...authors(name) eq.#ff x::int meta->a->>b "
    "99999999999999999999 id,title,price a\"b a'b a{b}c $1 %s"
) | st.text(max_size=12)
PREFERENCES = words(
    "return=representation return=headers-only resolution=merge-duplicates resolution=ignore-duplicates missing=default "
    "handling=strict max-affected=1 count=exact count=planned count=estimated nonsense timezone=UTC timezone=x"
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "prefer": st.lists(PREFERENCES, max_size=4).map(", ".join),
        "accept": words(
            "application/json|text/csv|application/vnd.pgrst.object+json|text/html|image/png|*/*|x|"
            "application/vnd.pgrst.array+json;nulls=stripped|text/tab-separated-values|application/vnd.pgrst.plan|"
            "application/vnd.pgrst.plan+json; options=verbose",
            "|",
        ),
        "content_type": words(
            "application/json text/csv application/x-www-form-urlencoded text/plain application/octet-stream"
        ),
        "range": words("0-1 1-0 5- x"),
    },
)
JSON = st.sampled_from(
    [
        b'{"id": 1, "title": "A"}',
        b'[{"id": 1, "title": "A"}, {"id": 2, "title": "B"}]',
        b'{"a": 1, "b": 2}',
        b'{"title": {"a": [1]}, "price": "x"}',
        b'{"line": null}',
        b"{}",
        b"[]",
        b"[{}]",
        b"5",
        b'{"a\\"b{0}$1\'": 1}',
        b'{"": 1}',
        b'{"id": "\\u0000"}',
        b"id,title\n1,A",
        b"id=1&title=A",
    ]
)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]),
    path=PATHS,
    query=st.lists(st.tuples(KEYS, VALUES), max_size=4),
    headers=HEADERS,
    body=JSON | st.binary(max_size=20),
)
def test_every_request_has_its_answer(library: Direct, method, path, query, headers, body):
    url = f"/{path}?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in query)
    answer = library(method, url, body, **headers)
    assert 200 <= answer.status < 500, (answer.status, answer.body)
