"""haulback schedule."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.cli.termination import as_interrupt
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.report import schedule as report

_EXAMPLES = """\b
Examples:
  haulback schedule run                      take, prove and prune what is due now
  haulback schedule run --target staging
  haulback schedule install --print          show systemd's units
  haulback schedule install                  write them, for your own systemd
  haulback schedule install --cron --print   a line for `crontab -e`
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """Backups, proofs and pruning when it is time."""


@command.command("run")
@options.common
@as_interrupt()
def run(target: str | None, as_json: bool, config: Path | None) -> int:
    """Do what is due now: backups of tables and of the cluster, their proofs, pruning once a day, and drills.

    Missed times are made up for once. Exit 6 where another run is underway, 3 where a backup is proved bad or a drill
    failed, 7 where one could not be tried.
    """
    from haulback.app import scheduled  # noqa: PLC0415 - `install` needs none of it

    done = scheduled.run(options.settings(config), target, progress(as_json=as_json))
    result(report.document(done), report.told(done), as_json=as_json)
    return int(report.exit_of(done))


@command.command("install")
@options.common
@click.option("--cron", is_flag=True, help="A line of a crontab instead of systemd's units.")
@click.option("--print", "print_only", is_flag=True, help="Show it, and write nothing.")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Folder of the units, else that of your own systemd; with --cron the file that the line is put in.",
)
def install(
    target: str | None, as_json: bool, config: Path | None, cron: bool, print_only: bool, to: Path | None
) -> int:
    """Write what runs `haulback schedule run` every quarter of an hour; needs no root.

    For every target of backups.targets, else for the default one. Where targets.NAME.receive is set, also the unit that
    keeps `haulback pitr receive` running; a crontab cannot.

    Secrets that it needs, such as DATABASE_URL, are read from the file schedule.env in the home of the project.
    """
    from haulback.app import scheduled  # noqa: PLC0415 - as above

    settings = options.settings(config)
    names = (options.chosen(settings, target).name,) if target else scheduled.targets(settings)
    if cron and to is None and not print_only:
        raise click.UsageError("say with --to which file the line goes into, or --print it for `crontab -e`")
    texts: dict[str, str] = {}
    for name in names:
        ending = ["--target", name, *(["--config", str(config.absolute())] if config else [])]
        if cron:
            texts["crontab" if len(names) == 1 else f"crontab {name}"] = _line(settings, ending)
        else:
            texts |= _units(settings, options.chosen(settings, name), ending)
    folder = to or Path.home() / ".config" / "systemd" / "user"
    paths = {one: folder if cron else folder / one for one in texts}
    put = _added if cron else _written
    written = [] if print_only else list(dict.fromkeys(put(paths[one], texts[one]) for one in texts))
    shown = "\n".join(texts.values()) if print_only else "".join(f"wrote {one}\n" for one in written)
    if written and not cron:
        begun = " ".join(one for one in texts if one.endswith((".timer", "-receive.service")))
        shown += f"begin: systemctl --user daemon-reload && systemctl --user enable --now {begun}\n"
    result(report.installed(written, texts), shown, as_json=as_json)
    return 0


def _line(settings: Settings, ending: list[str]) -> str:
    words = [sys.executable, "-m", "haulback", "schedule", "run", *ending]
    return report.crontab(settings.root, settings.home / "schedule.env", words)


def _units(settings: Settings, target: Target, ending: list[str]) -> dict[str, str]:
    environment = settings.home / "schedule.env"
    words = [sys.executable, "-m", "haulback", "schedule", "run", *ending]
    texts = report.units(target.name, settings.root, environment, words)
    if target.receive != "off":
        receive = [sys.executable, "-m", "haulback", "pitr", "receive", *ending]
        texts |= report.receiver(target.name, settings.root, environment, receive)
    return texts


def _added(path: Path, line: str) -> str:
    """Adds the line where it is not there yet: the other lines of a crontab are somebody else's."""
    if path.exists() and not path.is_file():
        raise click.UsageError(f"{path} is no file that a line can be added to")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as stream:
        stream.seek(0)
        found = stream.read()
        if line not in found.splitlines(keepends=True):
            stream.write(line if not found or found.endswith("\n") else f"\n{line}")
    return str(path)


def _written(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)
