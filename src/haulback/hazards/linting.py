"""Finds the hazards of a set of files: every rule over every file, squawk beside them, silenced ones left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from haulback import registry
from haulback.hazards.facts.declared import Declared
from haulback.hazards.judging import File
from haulback.hazards.levels import Levels
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Rule
from haulback.hazards.scanning import Text, scan
from haulback.hazards.squawk import Remark, Squawk
from haulback.model.hazard import Hazard, Known


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        hazards: in order of file, line and column.
        silenced: how many an ignore keeps quiet.
        files, statements: how many were read.
        problems: what could not be looked at; it reads unknown, not well.
    """

    hazards: tuple[Hazard, ...]
    silenced: int = 0
    files: int = 0
    statements: int = 0
    problems: tuple[str, ...] = ()

    @property
    def blocking(self) -> tuple[Hazard, ...]:
        return tuple(one for one in self.hazards if one.blocks)


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by id, plug-ins included."""
    return registry.find("haulback.hazards.rules", "hazards", "RULE")


def lint(texts: Sequence[Text], known: Known, levels: Levels, *, squawk: bool = True) -> Findings:
    """Looks at files that are deployed in this order.

    Args:
        texts: the files.
        known: of the target.
        levels: of its environment.
        squawk: whether squawk is asked, too.
    """
    other = _squawk(texts, known) if squawk else None
    declared = Declared(text="\n".join(one.text.lower() for one in texts) if known.rehearsal else "")
    scanned = []
    for text in texts:
        seen, faults = scan(text.path, text.text)
        declared.add(seen)
        scanned.append(
            (Reading(text.path, text.text, seen, known, declared, text.label, text is texts[-1]), faults, text)
        )
    remarks: dict[Path, list[Remark]] = {}
    for remark in other.remarks() if other else ():
        remarks.setdefault(remark.file, []).append(remark)
    hazards: list[Hazard] = []
    silenced = 0
    problems = [other.problem] if other and other.problem else []
    for reading, faults, text in scanned:
        one = File(reading, levels, faults, text)
        found, quiet = one.hazards(rules(), remarks.get(reading.path, ()))
        hazards += found
        silenced += quiet
        problems += one.problems
    return Findings(
        tuple(hazards),
        silenced,
        files=len(texts),
        statements=sum(not one.inside for reading, *_ in scanned for one in reading.statements),
        problems=tuple(dict.fromkeys(problems)),
    )


def _squawk(texts: Sequence[Text], known: Known) -> Squawk:
    ours = {name for rule in rules().values() if rule.find for name in rule.squawk}
    wanted = {name for rule in rules().values() if not rule.find for name in rule.squawk}
    return Squawk([(one.path, one.text) for one in texts if not one.problem], (ours | _NEVER) - wanted, known.major)


# What Haulback does by itself, or does otherwise: our session sets the timeouts, and the journal makes a rerun safe.
_NEVER = frozenset(
    {"require-lock-timeout", "require-statement-timeout", "prefer-robust-stmts", "require-timeout-settings"}
)
