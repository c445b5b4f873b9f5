"""Tells a failure: one line on stderr, a hint below it, and the same as JSON where asked."""

from __future__ import annotations

import json
import os
import sys

import click

from haulback.errors import Exit, HaulbackError
from haulback.redact import redact
from haulback.report.plain import plain


def told(failure: BaseException, *, as_json: bool) -> int:
    """Prints the failure and returns the exit code it leads to."""
    code, message, hint, ending = _described(failure)
    return _written(code, message, hint, int(ending), as_json=as_json)


def told_usage(error: click.ClickException, *, as_json: bool) -> int:
    """Prints what is wrong with the way a command was called; returns the exit code.

    Not click's own text: that repeats arguments as they are, and somebody may have typed a secret.
    """
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "haulback"
    message = plain(error.format_message()).removesuffix(".")
    message = message[:1].lower() + message[1:]
    return _written(
        "usage-error", message, f"`{command} --help` shows what there is.", error.exit_code, as_json=as_json
    )


def _written(code: str, message: str, hint: str, ending: int, *, as_json: bool) -> int:
    message, hint = plain(message), plain(hint)
    sys.stderr.write(f"haulback: {message}\n")
    if hint:
        sys.stderr.write(f"hint: {hint}\n")
    if as_json:
        document = {"schema": "haulback/1", "ok": False, "exit": ending, "error": code}
        document |= {"message": message, "hint": hint}
        sys.stdout.write(json.dumps(document) + "\n")
    return ending


def _described(failure: BaseException) -> tuple[str, str, str, Exit]:
    if isinstance(failure, HaulbackError):
        return failure.code, failure.message, failure.hint, failure.exit_code
    if isinstance(failure, KeyboardInterrupt | click.Abort):
        return "interrupted", "interrupted", "Run the same command again to go on.", Exit.INTERRUPTED
    text = redact(" ".join(str(failure).split())) or type(failure).__name__
    hint = "Set HAULBACK_DEBUG=1 to see where it comes from, and please report it."
    if type(failure).__module__.startswith("psycopg"):
        return "database-error", text, "The server's log says more.", Exit.ERROR
    if isinstance(failure, OSError):
        named = f"{os.fsdecode(failure.filename)}: " if failure.filename is not None else ""
        text = redact(f"{named}{failure.strerror}") if failure.strerror else text
        return "system-error", text, "Check the path and its permissions.", Exit.ERROR
    return "bug", f"{type(failure).__name__}: {text}", hint, Exit.ERROR
