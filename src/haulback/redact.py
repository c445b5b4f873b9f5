"""Keeps secrets out of everything that is printed, logged or stored."""

from __future__ import annotations

import re

_MASK = "********"

_KEY = (
    r"(?:password|passwd|pwd|passphrase|secret|token"
    r"|api[_-]?key|access[_-]?key|private[_-]?key|service_role_key|user_jwt)"
)
# Lengths are bounded so that no text, however long, takes quadratic time.
_QUOTED = r"'(?:[^'\\]|\\.|''){0,500}'|\"(?:[^\"\\]|\\.){0,500}\""

_RULES = (
    # scheme://user:password@host, as libpq and every HTTP client write it. Up to the last @ of the word, since a
    # password may hold one raw; a port with a path behind it is no password.
    re.compile(
        r"(?P<head>\b[a-z][a-z0-9+.-]{0,30}://[^\s:/?#@]{0,200})"
        r":(?!\d{1,5}[/?#])(?P<secret>\S{0,500})(?=@)",
        re.IGNORECASE,
    ),
    # Authorization: Basic ...
    re.compile(r"(?P<head>\bauthorization[\"']?\s*[=:]\s*[\"']?(?:[a-z]+\s+)?)(?P<secret>[^\s\"']+)", re.IGNORECASE),
    # password=..., "token": "...", DB_PASSWORD=..., in connection strings, JSON, headers and URLs. An unquoted value
    # may hold spaces behind a backslash, as libpq takes it.
    re.compile(rf"(?P<head>{_KEY}[\"']?\s*[=:]\s*)(?P<secret>{_QUOTED}|(?:\\.|[^\s\\])+)", re.IGNORECASE | re.DOTALL),
    # ALTER ROLE ... PASSWORD '...'
    re.compile(r"(?P<head>\bpassword\s+e?)(?P<secret>'(?:[^'\\]|\\.|''){0,500}')", re.IGNORECASE | re.DOTALL),
    # Long enough to be one: "bearer of bad news" is none.
    re.compile(r"(?P<head>\bbearer\s+)(?P<secret>[A-Za-z0-9._~+/=-]{16,})", re.IGNORECASE),
    # A JWT: three base64url parts, the first of which decodes to a JSON object.
    re.compile(r"(?P<head>)(?P<secret>eyJ[A-Za-z0-9_-]{1,8000}\.[A-Za-z0-9_-]{1,8000}\.[A-Za-z0-9_-]*)"),
    # The API keys of Supabase.
    re.compile(r"(?P<head>\bsb_secret_)(?P<secret>[A-Za-z0-9_-]+)"),
)


# Some word of every rule: most texts hold none, and are asked once instead of seven times.
_ANY = re.compile(r"://|authorization|pass|pwd|secret|token|key|jwt|bearer|eyJ", re.IGNORECASE)


def redact(text: str) -> str:
    """Returns `text` with passwords in URLs and key-value pairs, bearer tokens, API keys and JWTs masked."""
    if not _ANY.search(text):
        return text
    for rule in _RULES:
        text = rule.sub(_masked, text)
    return text


def _masked(found: re.Match[str]) -> str:
    colon = ":" if found.re is _RULES[0] else ""
    quote = found["secret"][:1] if found["secret"][:1] in {"'", '"'} else ""  # a document stays one
    return f"{found['head']}{colon}{quote}{_MASK}{quote}"
