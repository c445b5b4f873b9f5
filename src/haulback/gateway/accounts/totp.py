"""Time-based one-time passwords (RFC 6238), as authenticator apps reckon them: SHA-1, six digits, thirty seconds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

_PERIOD = 30  # seconds
_DIGITS = 6
_BYTES = 20  # of a secret, RFC 4226, section 4
_SKEW = 1  # periods that clocks may differ by


def secret() -> str:
    """A new secret, in base32 as apps take it."""
    return base64.b32encode(secrets.token_bytes(_BYTES)).decode()


def password(key: bytes, counter: int, digits: int = _DIGITS) -> str:
    """The password of one period (RFC 4226, section 5.3)."""
    mac = hmac.digest(key, counter.to_bytes(8, "big"), hashlib.sha1)
    begin = mac[-1] & 0x0F
    number = int.from_bytes(mac[begin : begin + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def matches(secret_: str, given: str, now: float) -> bool:
    """Whether a password is that of this moment, of the period before or of the one after."""
    key = base64.b32decode(secret_)
    typed = given.strip().encode("utf-8", "surrogatepass")
    counter = int(now) // _PERIOD
    found = [
        hmac.compare_digest(password(key, counter + offset).encode(), typed) for offset in range(-_SKEW, _SKEW + 1)
    ]
    return any(found)


def uri(secret_: str, issuer: str, account: str) -> str:
    """What an app reads from the picture."""
    told = {"algorithm": "SHA1", "digits": _DIGITS, "issuer": issuer, "period": _PERIOD, "secret": secret_}
    return f"otpauth://totp/{quote(issuer, safe='')}:{quote(account, safe='@')}?{urlencode(told, quote_via=quote)}"
