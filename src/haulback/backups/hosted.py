"""Backups of a hosted Supabase project, through the platform's management API.

Source: the published OpenAPI description of the Management API, operations `v1-list-all-backups`,
`v1-restore-pitr-backup` and `v1-get-project`. What the platform says of its backups is no proof of ours: none of them
was restored by us, so none counts as proved.
"""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from haulback.errors import Exit, HaulbackError
from haulback.model.hosted import HostedBackup, HostedBackups

_TIMEOUT = 30.0  # seconds
_MOST = 8 * 1024**2  # bytes of an answer
HEALTHY = "ACTIVE_HEALTHY"
_REF = re.compile(r"^[a-z0-9]{10,40}$")
_DIRECT = re.compile(r"^db\.([a-z0-9]+)\.supabase\.(?:co|com|net|red)$")
_POOLED = re.compile(r"^[^.]+\.([a-z0-9]+)$")


class NotHosted(HaulbackError):
    template = "{target} is no hosted Supabase project, as far as its address tells"
    hint_template = "Set targets.{target}.project_ref to the project's reference id."
    exit_code = Exit.USAGE


class NoAccessToken(HaulbackError):
    template = "the management API needs an access token"
    hint_template = "Set SUPABASE_ACCESS_TOKEN, or SUPABASE_ACCESS_TOKEN_FILE to a file that holds it."
    exit_code = Exit.USAGE


class PlatformRefused(HaulbackError):
    template = "the management API refused: {reason}"
    hint_template = "Check the access token and that it may manage the project {ref}."


class PlatformUnreachable(HaulbackError):
    template = "the management API cannot be reached: {reason}"
    hint_template = "Nothing was changed by this call. Try again, or look at the project in its dashboard."


class OutsideTheWindow(HaulbackError):
    template = "{moment} cannot be reached: {reason}"
    hint_template = "`haulback backup hosted` tells the window."
    exit_code = Exit.REFUSED


def project_ref(parameters: Mapping[str, str]) -> str | None:
    """The project that an address is of: `db.REF.supabase.co`, or the login `postgres.REF` of a pooler."""
    found = _DIRECT.match(parameters.get("host", ""))
    if not found and "pooler.supabase." in parameters.get("host", ""):
        found = _POOLED.match(parameters.get("user", ""))
    return found[1] if found else None


@dataclass(frozen=True)
class Platform:
    """The management API for one project.

    Attributes:
        address: of the API, without a slash at its end.
        token: of a person or an organisation; shown nowhere.
    """

    address: str
    ref: str
    token: str

    def __repr__(self) -> str:
        return f"Platform({self.address!r}, {self.ref!r})"

    def backups(self) -> HostedBackups:
        """What the platform has.

        Raises:
            PlatformRefused, PlatformUnreachable
        """
        answer = self._ask("GET", f"/v1/projects/{self._safe_ref}/database/backups")
        try:
            window = answer.get("physical_backup_data") or {}
            return HostedBackups(
                ref=self.ref,
                region=str(answer["region"]),
                point_in_time=bool(answer["pitr_enabled"]),
                earliest=_moment(window.get("earliest_physical_backup_date_unix")),
                latest=_moment(window.get("latest_physical_backup_date_unix")),
                backups=tuple(
                    sorted(
                        (
                            HostedBackup(
                                _written(one["inserted_at"]), str(one["status"]), bool(one["is_physical_backup"])
                            )
                            for one in answer["backups"]
                        ),
                        key=lambda one: one.at,
                    )
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PlatformUnreachable(reason=f"its answer is not as documented ({type(error).__name__})") from error

    def restore(self, moment: datetime) -> None:
        """Asks for the project to be put back in place to a moment; the project is away from here on.

        Raises:
            PlatformRefused, PlatformUnreachable
        """
        body = {"recovery_time_target_unix": int(moment.timestamp())}
        self._ask("POST", f"/v1/projects/{self._safe_ref}/database/backups/restore-pitr", body)

    def status(self) -> str:
        """How the project is, in the platform's words.

        Raises:
            PlatformRefused, PlatformUnreachable
        """
        return str(self._ask("GET", f"/v1/projects/{self._safe_ref}").get("status", "unknown"))

    @property
    def _safe_ref(self) -> str:
        if not _REF.match(self.ref):
            raise PlatformRefused(reason=f"{self.ref!r} is no reference of a project", ref=self.ref)
        return self.ref

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is looked at where it is configured
            self.address + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": "haulback",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - as above
                text = answer.read(_MOST)
        except urllib.error.HTTPError as error:
            raise PlatformRefused(reason=f"{error.code} {_reason(error)}", ref=self.ref) from error
        except (OSError, http.client.HTTPException) as error:
            raise PlatformUnreachable(reason=str(getattr(error, "reason", error))) from error
        if not text.strip():
            return {}  # a restore that was accepted answers nothing
        try:
            found = json.loads(text)
        except ValueError as error:
            raise PlatformUnreachable(reason="its answer is no JSON") from error
        return found if isinstance(found, dict) else {}


def require_reachable(found: HostedBackups, moment: datetime, now: datetime) -> None:
    """Refuses a moment that the platform cannot go back to.

    Raises:
        OutsideTheWindow: with the reason.
    """
    shown = moment.astimezone(UTC).isoformat(timespec="seconds")
    if not found.point_in_time or found.earliest is None or found.latest is None:
        raise OutsideTheWindow(moment=shown, reason="point-in-time recovery is not switched on for this project")
    if moment > now:
        raise OutsideTheWindow(moment=shown, reason="it is still to come")
    if moment < found.earliest:
        raise OutsideTheWindow(moment=shown, reason=f"the window begins at {found.earliest.isoformat()}")
    if moment > found.latest:
        raise OutsideTheWindow(moment=shown, reason=f"the window ends at {found.latest.isoformat()}")


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def _written(text: Any) -> datetime:
    found = datetime.fromisoformat(str(text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(_MOST)).get("message", error.reason))
    except (ValueError, OSError, AttributeError):
        return str(error.reason)
