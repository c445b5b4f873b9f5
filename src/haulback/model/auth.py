"""How users are signed in on development targets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """The table `[api.auth]`.

    Attributes:
        signup: whether anybody may have an account; else only whom an administrator makes or invites.
        anonymous: whether one may have one without address, number and password.
        confirm: whether a new address counts only once its owner has followed the link, or typed the code, of a mail.
        reauthenticate: whether a password is changed only in a session of the last 24 hours, or with a code.
        timebox: seconds after which a session is not prolonged any more; 0 for never.
        inactivity: seconds without being prolonged after which it is not any more; 0 for never.
        site_url: where links lead that name no other place, and what one-time passwords are named after.
        redirects: further places that links may lead to; `*` stands for anything but `.` and `/`, `**` for anything.
    """

    signup: bool = True
    anonymous: bool = True
    confirm: bool = False
    reauthenticate: bool = False
    timebox: float = 0.0
    inactivity: float = 0.0
    site_url: str = "http://127.0.0.1:3000"
    redirects: tuple[str, ...] = ()
