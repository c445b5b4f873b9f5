"""Use case: replay a whole migrations folder, each file forward, back and forward again, without any target."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from haulback.errors import HaulbackError, UsageError
from haulback.migrations.folder import Folder, find
from haulback.migrations.parse import decoded
from haulback.model.history_replay import HistoryReplay, ReplayedFile
from haulback.model.settings import Settings
from haulback.pg import binaries
from haulback.pg.cluster import Cluster
from haulback.rehearse.dump import Dumper
from haulback.rehearse.history import History
from haulback.rehearse.shadow import ShadowBusy

# What only Supabase's platform has: its schemas, and the roles of its API.
_PLATFORM = re.compile(
    r"\b(?:auth|storage|realtime|vault|extensions|graphql)\s*\.|\b(?:anon|authenticated|service_role|supabase_\w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Request:
    """What the caller asks of a replay.

    Attributes:
        only: versions to take back; the others before them only run forward. Empty for all.
        dump: whether pg_dump judges where there is one.
    """

    only: frozenset[str] = frozenset()
    dump: bool = True


def replay(settings: Settings, request: Request, told: Callable[[ReplayedFile, int, int], None]) -> HistoryReplay:
    """Replays the project's folder on a private server of its own, which is gone afterwards.

    Args:
        settings: for the folder and home.
        request: what is asked.
        told: called after each file, with its number and how many there are.

    Raises:
        FolderMissing, FolderUnreadable, DuplicateRollback: the folder is none of migrations.
        UsageError: `only` names a version that the folder has not.
        ShadowBusy: another replay is under way.
    """
    # Two files of one version are refused where they are deployed; here each is a file to take back.
    folder = find(settings.migrations, apart=True)
    if unknown := sorted(request.only - folder.files.keys()):
        raise UsageError(
            problem=f"the folder has no version {', '.join(unknown)}", hint="Give the number a file's name begins with."
        )
    found = binaries.embedded()
    dumper = Dumper.of(found) if request.dump else None
    platform = needs_platform(folder)
    total = len(request.only) or len(folder.files)
    seen = iter(range(1, total + 1))
    with _alone(settings.home, found.major):
        cluster = Cluster(
            settings.home, f"history-{found.major}", found, durable=False, platform=platform, listen=False
        )
        history = History(cluster, folder, dumper, platform=platform)
        files = history.replay(request.only, lambda one: told(one, next(seen), total))
    return HistoryReplay(
        files=files,
        seconds=sum(one.seconds for one in files),
        judge="pg_dump" if dumper else "fingerprint",
        major=found.major,
        platform=platform,
    )


def needs_platform(folder: Folder) -> bool:
    """Whether a file names what only Supabase's platform has, or the folder is where its command keeps it."""
    if "supabase" in folder.path.absolute().parts:
        return True
    return any(_PLATFORM.search(_text(path)) for _, path in folder.files.values())


def _text(path: Path) -> str:
    try:
        return decoded(path)
    except HaulbackError:
        return ""  # it is told when its turn comes


@contextmanager
def _alone(home: Path, major: int) -> Iterator[None]:
    lock = home.absolute() / f"history-{major}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ShadowBusy(name=lock.stem) from None
        yield
