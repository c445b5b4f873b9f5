"""The options that every command shares."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from haulback.config.loading import load
from haulback.model.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def common(function: F) -> F:
    """--target, --json, --config."""
    config: Callable[[F], F] = click.option(
        "--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read."
    )
    as_json: Callable[[F], F] = click.option(
        "--json", "as_json", is_flag=True, help="End with one JSON document on one line."
    )
    target: Callable[[F], F] = click.option("--target", metavar="NAME", help="The target; else the default one.")
    function = as_json(config(function))
    return target(function)


def migrations(function: F) -> F:
    """--migrations."""
    option: Callable[[F], F] = click.option(
        "--migrations",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="The folder of migrations; else the configured one.",
    )
    return option(function)


def yes(function: F) -> F:
    """--yes."""
    option: Callable[[F], F] = click.option("--yes", is_flag=True, help="Ask nothing.")
    return option(function)


def settings(config: Path | None, folder: Path | None = None) -> Settings:
    """The settings of the project around the current folder."""
    return load(os.environ, Path.cwd(), config, folder)


def confirm(question: str, *, yes: bool) -> None:
    """Asks on a terminal; without one, or with --yes, never.

    Raises:
        click.UsageError: there is nobody to ask.
    """
    if yes:
        return
    if not (click.get_text_stream("stdin").isatty() and click.get_text_stream("stderr").isatty()):
        raise click.UsageError(f"{question} There is no terminal to ask on: pass --yes.")
    click.confirm(question, abort=True, err=True)
