"""What the Prefer header asks for (RFC 7240), and what the answer says was heeded."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.gateway.answer import Refusal

_CHOICES = {
    "resolution": ("merge-duplicates", "ignore-duplicates"),
    "missing": ("default", "null"),
    "return": ("representation", "minimal", "headers-only"),
    "count": ("exact", "planned", "estimated"),
    "tx": ("commit", "rollback"),
    "handling": ("strict", "lenient"),
}
_KNOWN = frozenset(f"{name}={value}" for name, values in _CHOICES.items() for value in values)
_FREE = ("timezone=", "max-affected=")
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Preferences:
    """One value of each preference, the first that was given; None where it was not.

    Attributes:
        returned: of `return=`.
        timezone: as it came; PostgreSQL judges it.
        invalid: what no preference is known by, in order.
    """

    resolution: str | None = None
    missing: str | None = None
    returned: str | None = None
    count: str | None = None
    tx: str | None = None
    handling: str | None = None
    timezone: str | None = None
    max_affected: int | None = None
    invalid: tuple[str, ...] = ()

    @property
    def is_strict(self) -> bool:
        return self.handling == "strict"

    @property
    def counts(self) -> bool:
        """Whether rows are counted, rather than taken from the planner alone."""
        return self.count in {"exact", "estimated"}

    def applied(self) -> str | None:
        """The value of Preference-Applied, or None where nothing was."""
        pairs = (
            ("resolution", self.resolution),
            ("missing", self.missing),
            ("return", self.returned),
            ("count", self.count),
            ("tx", self.tx),
            ("handling", self.handling),
            ("timezone", self.timezone),
            ("max-affected", self.max_affected if self.is_strict else None),
        )
        return ", ".join(f"{name}={value}" for name, value in pairs if value is not None) or None


def preferences(header: str, *, tx_allowed: bool = False) -> Preferences:
    """What a Prefer header says; `tx=` counts only where the gateway lets clients choose."""
    if not header:
        return Preferences()
    given = [text.strip() for text in header.split(",")]
    found: dict[str, str] = {}
    invalid = []
    for text in given:
        name, _, value = text.partition("=")
        if text in _KNOWN or text.startswith(_FREE):
            found.setdefault(name, value)
        else:
            invalid.append(text)
    return Preferences(
        resolution=found.get("resolution"),
        missing=found.get("missing"),
        returned=found.get("return"),
        count=found.get("count"),
        tx=found.get("tx") if tx_allowed else None,
        handling=found.get("handling"),
        timezone=found.get("timezone"),
        max_affected=_whole(found.get("max-affected", "")),
        invalid=tuple(invalid),
    )


def refuse_unknown(asked: Preferences) -> None:
    """Raises: Refusal PGRST122 where unknown preferences came with `handling=strict`."""
    if asked.invalid and asked.is_strict:
        raise Refusal(
            400,
            "PGRST122",
            "Invalid preferences given with handling=strict",
            details="Invalid preferences: " + ", ".join(asked.invalid),
        )


def _whole(text: str) -> int | None:
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS:
        return int(text)
    return None
