"""Keeps secrets out of everything that is printed, logged or stored."""

from __future__ import annotations

import re

_MASK = "********"

# scheme://user:password@host, as libpq and every HTTP client write it.
_URL = re.compile(r"(?P<head>[a-z][a-z0-9+.-]*://[^\s:/@]*):(?P<secret>[^\s@]*)@", re.IGNORECASE)
# password=..., token: ..., in connection strings, headers and messages; quoted values may hold spaces.
_PAIR = re.compile(
    r"(?P<head>\b(?:password|passwd|pwd|pgpassword|token|secret|api_?key|apikey|service_role_key|user_jwt)\b"
    r"\s*[=:]\s*)(?P<secret>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s,;&\"']+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<head>\bbearer\s+)(?P<secret>[A-Za-z0-9._~+/=-]+)", re.IGNORECASE)
# A JWT: three base64url parts, the first of which decodes to a JSON object.
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


def redact(text: str) -> str:
    """Returns `text` with passwords in URLs and key-value pairs, bearer tokens and JWTs masked."""
    text = _URL.sub(rf"\g<head>:{_MASK}@", text)
    text = _PAIR.sub(rf"\g<head>{_MASK}", text)
    text = _BEARER.sub(rf"\g<head>{_MASK}", text)
    return _JWT.sub(_MASK, text)
