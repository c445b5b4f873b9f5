"""A strict view of one TOML table: every value has a type, and what nobody asked for is refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from haulback.config.errors import UnknownSetting, WrongSetting

_DURATION = re.compile(r"^(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|min|m|h|d)?$")
_SIZE = re.compile(r"^(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>MB|GB|TB)$")
_BYTES = {"MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}

LONGEST = 100 * 365 * 86400.0  # seconds; what no calendar reaches cannot be reckoned with


def duration(text: str) -> float | None:
    """Seconds of a text such as `500ms`, `15m`, `7d`; None where it is none."""
    match = _DURATION.match(text.strip())
    return float(match["amount"]) * _SECONDS[match["unit"]] if match else None


class Table:
    """One table of a configuration file.

    Args:
        values: the table as TOML gives it.
        file: where it stands, for messages.
        path: its dotted name, for messages.
    """

    def __init__(self, values: Mapping[str, Any], file: str, path: str) -> None:
        self._values, self.file, self._path = values, file, path
        self._asked: set[str] = set()
        self._children: list[Table] = []

    def name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str, default: str) -> str:
        value = self._ask(key, default)
        if not isinstance(value, str):
            raise WrongSetting(file=self.file, setting=self.name(key), wanted="text")
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._ask(key, list(default))
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise WrongSetting(file=self.file, setting=self.name(key), wanted="a list of texts")
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        value = self._ask(key, {})
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise WrongSetting(file=self.file, setting=self.name(key), wanted="a table of texts")
        return dict(value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._ask(key, default)
        if not isinstance(value, bool):
            raise WrongSetting(file=self.file, setting=self.name(key), wanted="true or false")
        return value

    def whole(self, key: str, default: int) -> int:
        value = self._ask(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise WrongSetting(file=self.file, setting=self.name(key), wanted="a whole number, 0 or more")
        return value

    def share(self, key: str, default: float, smallest: float = 0.0) -> float:
        value = self._ask(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not smallest <= value <= 1:
            raise WrongSetting(file=self.file, setting=self.name(key), wanted=f"a share from {smallest:g} to 1")
        return float(value)

    def size(self, key: str) -> int | None:
        """Bytes; None where nothing is said. Units are powers of 1024, as PostgreSQL has them."""
        value = self._ask(key, None)
        if isinstance(value, str) and (match := _SIZE.match(value.strip())):
            value = int(float(match["amount"]) * _BYTES[match["unit"]])
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        raise WrongSetting(file=self.file, setting=self.name(key), wanted='a size such as "8GB"')

    def seconds(self, key: str, default: float, smallest: float = 0.0) -> float:
        value = self._ask(key, default)
        if isinstance(value, str):
            value = duration(value)
        if not isinstance(value, int | float) or isinstance(value, bool) or not smallest <= value <= LONGEST:
            raise WrongSetting(file=self.file, setting=self.name(key), wanted='a time such as "500ms", "60s", "15m"')
        return float(value)

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise WrongSetting(file=self.file, setting=self.name(key), wanted="one of " + ", ".join(choices))
        return value

    def table(self, key: str) -> Table:
        value = self._ask(key, {})
        if not isinstance(value, dict):
            raise WrongSetting(file=self.file, setting=self.name(key), wanted="a table")
        child = Table(value, self.file, self.name(key))
        self._children.append(child)
        return child

    def tables(self, key: str) -> dict[str, Table]:
        parent = self.table(key)
        return {name: parent.table(name) for name in parent.keys}

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._values)

    def refuse_rest(self) -> None:
        """Raises UnknownSetting for the first value that nobody asked for, here or below."""
        for key in self._values:
            if key not in self._asked:
                close = difflib.get_close_matches(key, self._asked, n=1)
                suggestion = (
                    f"Did you mean {self.name(close[0])}?" if close else "docs/configuration.md lists every setting."
                )
                raise UnknownSetting(file=self.file, setting=self.name(key), suggestion=suggestion)
        for child in self._children:
            child.refuse_rest()

    def _ask(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        return self._values.get(key, default)
