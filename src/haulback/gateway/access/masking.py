"""What of a request may stand in a log: no token, no key, and nothing that begins a line of its own."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

from haulback.redact import redact

MASK = "********"
# Characters of a URL and of another text in a line: the whole line has to fit into what a pipe takes at once.
_LONGEST_URL = 1200
_LONGEST_TEXT = 300
_SECRET = re.compile(
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|jwt|bearer|credential|authorization"
    r"|(?:api|access|private|signing|encryption)[^a-z]?key|(?:^|_)otp|eyJ",
    re.IGNORECASE,
)
# Short names of what lets somebody in, as of the code that a sign-in comes back with; as often they are columns.
_MAYBE = frozenset({"code", "key", "nonce", "otp", "pin", "session", "sid", "sig", "signature", "state"})
_FILTER = re.compile(r"(?:not\.)?[a-z]+(?:\([^)]{0,20}\))?\.")
_AUTHORITY = re.compile(r"(?<=://)(?:[^/?#\s]*|[^\s:/@]*:(?!\d{1,5}[/?#])\S*)\Z")
_ENCODED = 3  # times that a text may be percent-encoded, by one who passes on what came to it
# What stands in these are names of columns, not values.
_NAMES = re.compile(r"(?:.*\.)?(?:select|order|columns|on_conflict)", re.DOTALL)
_NOT_PLAIN = re.compile(rb"[^ !#-\[\]-~]")
_NOT_IN_URL = re.compile(rb"[^!#-\[\]-~]")


def masked_url(path: str, query: str) -> str:
    """A path with its query, without what may be a secret; bytes that no URL has are percent-encoded."""
    shown = masked_path(path[:_LONGEST_URL])
    if query:
        shown += f"?{masked_query(query[:_LONGEST_URL])}"
    plain = _NOT_IN_URL.sub(lambda found: b"%%%02X" % found[0][0], shown.encode("latin-1", "replace")).decode("ascii")
    is_whole = len(plain) <= _LONGEST_URL and len(path) <= _LONGEST_URL and len(query) <= _LONGEST_URL
    return plain if is_whole else f"{plain[:_LONGEST_URL]}..."


@lru_cache(maxsize=512)
def masked_path(path: str) -> str:
    read = _read(path)
    shown = redact(read)
    return path if shown == read else quote(shown, safe="/*:@")


def _read(text: str) -> str:
    """A text as it was meant, however often it was encoded on its way."""
    for _ in range(_ENCODED):
        if "%" not in text:
            break
        text = unquote(text)
    return text


def masked_query(query: str) -> str:
    """The query without the value of any pair that may hold a secret: its name says so, or its value."""
    read = _read(query)
    if not _SECRET.search(read) and not any(f"{name}=" in read.lower() for name in _MAYBE):
        return query
    return "&".join(map(_pair, query.split("&")))


def masked_text(text: str) -> str:
    """A header that may hold an address: its query is masked as that of the request."""
    return _masked_text(text[:_LONGEST_TEXT], is_cut=len(text) > _LONGEST_TEXT)


@lru_cache(maxsize=512)
def _masked_text(text: str, *, is_cut: bool) -> str:
    # The whole of it first: a password may hold a question mark, and what was cut away may have been the end of one.
    text = redact(text)
    if is_cut:
        text = _AUTHORITY.sub(MASK, text)
    place, question, query = text.partition("?")
    return printable(masked_path(place) if "%" in place else place) + (
        f"?{printable(masked_query(query))}" if question else ""
    )


def printable(text: str) -> str:
    r"""Printable ASCII without quotes, as nginx writes it: other bytes as `\xHH`; a long text is cut."""
    if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
        text = _NOT_PLAIN.sub(lambda found: b"\\x%02X" % found[0][0], text.encode("utf-8", "replace")).decode("ascii")
    return text[:_LONGEST_TEXT]


def _pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    read = _read(name)
    if _NAMES.fullmatch(read):
        return redact(pair)
    plain = _read(value)
    is_maybe = read.lower() in _MAYBE and not _FILTER.match(plain)
    if not is_maybe and not _SECRET.search(read) and not _SECRET.search(plain):
        return pair
    return f"{redact(name)}{equals}{MASK}" if equals else MASK
