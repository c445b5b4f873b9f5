"""What the formats for CI servers share: the order of hazards, their keys and the names of their files. Pure."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from haulback.model.hazard import Hazard
from haulback.redact import redact
from haulback.report.subjects import LintSubject


def worst_first(found: Sequence[Hazard]) -> list[Hazard]:
    """What blocks before what does not, then by level; otherwise in the order of the files."""
    return sorted(found, key=lambda one: (not one.blocks, -one.level.rank))


def keys(found: Sequence[Hazard]) -> list[str]:
    """A key for each, in hexadecimal: the same in every run, whatever the line, and no two alike.

    Findings that have the same cache key are numbered.
    """
    counts: Counter[str] = Counter()
    keys = []
    for one in found:
        counts[one.cache_key] += 1
        named = f"{one.cache_key}:{counts[one.cache_key]}"
        keys.append(hashlib.sha256(named.encode(errors="surrogateescape")).hexdigest()[:32])
    return keys


def posix(path: PurePath) -> str:
    """The path with forward slashes and without secrets."""
    return redact(path.as_posix())


def rebased(subject: LintSubject, root: Path) -> LintSubject:
    """The same with every file named from `root`, as those who read a report beside the repository expect.

    A file that does not lie below it keeps its whole path.
    """
    return replace(subject, hazards=tuple(replace(one, file=_rebased(one.file, root)) for one in subject.hazards))


def _rebased(file: Path, root: Path) -> Path:
    if file.name.startswith("<"):  # <stdin>
        return file
    whole = Path(os.path.normpath(Path.cwd() / file))
    return whole.relative_to(root) if whole.is_relative_to(root) else whole
