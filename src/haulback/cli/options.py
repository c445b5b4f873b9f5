"""The options that every command shares."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from haulback.config.choosing import named
from haulback.config.loading import load
from haulback.config.reading import duration
from haulback.model.settings import Settings
from haulback.model.target import Target

F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType[float]):
    """A time such as `12h` or `7d`, handed on in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = duration(value) if isinstance(value, str) else float(value)
        if found is None:
            self.fail("it is no time such as 12h or 7d", param, ctx)
        return found


DURATION = Duration()


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601 that says its zone: without one it means another moment on another machine."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail("it is no moment such as 2026-01-02T03:04:05+00:00", param, ctx)
        if found.tzinfo is None:
            self.fail(f"it does not say its zone: {value}Z or {value}+01:00", param, ctx)
        try:
            found.astimezone(UTC)
        except OverflowError:
            self.fail("it is out of range", param, ctx)
        return found


MOMENT = Moment()


class Named(click.ParamType[str]):
    """A name or id that must not be empty: an empty variable of a script must not mean `whatever there is`."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not str(value).strip():
            self.fail("it is empty", param, ctx)
        return str(value)


NAMED = Named()

# Of a deployment or a capture: what the server's bigint holds.
NUMBER = click.IntRange(1, 2**63 - 1)


def common(function: F) -> F:
    """--target, --json, --config."""
    for option in (
        _option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read."),
        _option("--json", "as_json", is_flag=True, help="End with one JSON document on one line."),
        _option("--target", metavar="NAME", help="The target; else the default one."),
    ):
        function = option(function)
    return function


def migrations(function: F) -> F:
    """--migrations."""
    help_ = "The folder of migrations; else the configured one."
    return _option("--migrations", type=click.Path(path_type=Path, readable=False), metavar="DIR", help=help_)(function)


def yes(function: F) -> F:
    """--yes."""
    return _option("--yes", is_flag=True, help="Ask nothing.")(function)


class _Decorator(Protocol):
    def __call__(self, function: F, /) -> F: ...


def _option(*names: str, **attributes: Any) -> _Decorator:
    return click.option(*names, **attributes)


def settings(config: Path | None, folder: Path | None = None) -> Settings:
    """The settings of the project around the current folder."""
    return load(os.environ, Path.cwd(), config, folder)


def chosen(settings: Settings, name: str | None) -> Target:
    """The target of that name without its server: for commands that only look at what is kept elsewhere."""
    return named(settings, name)


def confirm(question: str, *, yes: bool) -> None:
    """Asks on a terminal; without one, or with --yes, never.

    Raises:
        click.UsageError: there is nobody to ask.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"{question} There is no terminal to ask on: pass --yes.")
    click.confirm(question, abort=True, err=True)
