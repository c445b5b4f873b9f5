"""Finds the hazards of a set of files: every rule over every file, squawk beside them, silenced ones left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from haulback import registry
from haulback.hazards import happened, ignores
from haulback.hazards.declared import Declared
from haulback.hazards.levels import Levels
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Found, Rule, Work
from haulback.hazards.scanning import Fault, scan
from haulback.hazards.squawk import Remark, Squawk
from haulback.model.hazard import Hazard, Known, Level, Source

# Rules that the engine itself applies.
NOT_SQL, UNREADABLE = "not-sql", "unreadable-file"
UNEXPLAINED, UNKNOWN, UNUSED = "unexplained-ignore", "unknown-ignore", "unused-ignore"


@dataclass(frozen=True, slots=True)
class Text:
    """A file to look at.

    Attributes:
        problem: why it has no text, where it has none.
        label: of the migration that it is, where a rehearsal told of it.
    """

    path: Path
    text: str = ""
    problem: str = ""
    hint: str = ""
    label: str = ""


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
        texts: the files; squawk reads them again from their paths.
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
    for reading, faults, text in scanned:
        found = _File(reading, levels, faults, text).hazards(remarks.get(reading.path, ()))
        silenced += found[1]
        hazards += found[0]
    return Findings(
        tuple(hazards),
        silenced,
        files=len(texts),
        statements=sum(
            one.number is not None and not one.inside for reading, *_ in scanned for one in reading.statements
        ),
        problems=(other.problem,) if other and other.problem else (),
    )


def _squawk(texts: Sequence[Text], known: Known) -> Squawk:
    ours = {name for rule in rules().values() if rule.find for name in rule.squawk}
    wanted = {name for rule in rules().values() if not rule.find for name in rule.squawk}
    return Squawk([one.path for one in texts if not one.problem], (ours | _NEVER) - wanted, known.major)


# What Haulback does by itself, or does otherwise: our session sets the timeouts, and the journal makes a rerun safe.
_NEVER = frozenset(
    {"require-lock-timeout", "require-statement-timeout", "prefer-robust-stmts", "require-timeout-settings"}
)


class _File:
    """One file's findings on their way to hazards."""

    def __init__(self, reading: Reading, levels: Levels, faults: Iterable[Fault], text: Text) -> None:
        self._reading, self._levels, self._faults, self._text = reading, levels, faults, text

    def hazards(self, remarks: Iterable[Remark]) -> tuple[list[Hazard], int]:
        found = [(one.seen.number, self._hazard(rule, one)) for rule, one in self._found()]
        found += [pair for remark in remarks if (pair := self._remarked(remark))]
        kept, silenced = self._silence(found)
        kept += self._own()
        return sorted(set(kept), key=lambda one: (one.line, one.column, one.id, one.told)), silenced

    def _found(self) -> Iterable[tuple[Rule, Found]]:
        """What the rules tell, those that measure last: they add what no text told."""
        told: set[tuple[int, Work | None, str]] = set()
        for rule in sorted(rules().values(), key=lambda one: one.measured):
            for one in rule.find(self._reading) if rule.find else ():
                work = one.work or rule.work
                if work and one.table and self._reading.is_new(one.table, one.seen):
                    continue
                named = (one.seen.number, work, one.table)
                if happened.contradicted(self._reading, work, one) or (rule.measured and work and named in told):
                    continue
                told.add(named)
                yield rule, one

    def _hazard(self, rule: Rule, found: Found) -> Hazard:
        level, seconds = self._levels.of(rule, found, self._reading.known)
        line, column = found.place or (found.seen.line, found.seen.column)
        return Hazard(
            id=rule.id,
            level=level,
            file=self._reading.path,
            line=line,
            column=column,
            end_line=max(found.seen.end_line, line),
            told=found.told,
            subject=found.subject or found.table,
            advice=found.advice,
            rewrite="" if found.seen.inside else found.rewrite,
            source=Source.REHEARSAL if rule.measured or happened.seen(self._reading, rule, found) else Source.TEXT,
            seconds=seconds,
        )

    def _remarked(self, remark: Remark) -> tuple[int, Hazard] | None:
        rule = next((one for one in rules().values() if not one.find and remark.rule in one.squawk), None)
        whole = [one for one in self._reading.statements if not one.inside and one.line <= remark.line]
        if rule is None or not whole:
            return None
        seen = whole[-1]
        level, _ = self._levels.of(rule, Found(seen, ""), self._reading.known)
        told = remark.message.strip().rstrip(".")
        hazard = Hazard(
            id=rule.id,
            level=level,
            file=self._reading.path,
            line=remark.line,
            column=remark.column,
            end_line=max(seen.end_line, remark.line),
            told=told[:1].lower() + told[1:],
            advice=remark.help.strip(),
            source=Source.SQUAWK,
        )
        return seen.number, hazard

    def _silence(self, found: list[tuple[int, Hazard]]) -> tuple[list[Hazard], int]:
        """Leaves out what an ignore names; each ignore that silences nothing is a finding itself."""
        kept = found
        extra: list[Hazard] = []
        for one in ignores.ignores(self._reading.text, self._reading.statements):
            if one.id not in rules():
                named = f"there is no hazard {one.id}" if one.id else "the ignore names no hazard"
                extra.append(self._about(UNKNOWN, one, named))
            elif not one.reason:
                extra.append(
                    self._about(UNEXPLAINED, one, f"the ignore of {one.id} gives no reason, and silences nothing")
                )
            else:
                left = [pair for pair in kept if not (pair[0] == one.number and pair[1].id == one.id)]
                if len(left) == len(kept):
                    extra.append(self._about(UNUSED, one, f"nothing here raises {one.id}"))
                kept = left
        return [hazard for _, hazard in kept] + extra, len(found) - len(kept)

    def _about(self, id_: str, one: ignores.Ignore, told: str) -> Hazard:
        return self._plain(id_, one.line, one.column, told)

    def _own(self) -> list[Hazard]:
        found = [self._plain(one.id, one.line, one.column, one.problem, one.hint) for one in self._faults]
        if self._text.problem:
            found.append(self._plain(UNREADABLE, 1, 1, self._text.problem, self._text.hint))
        return found

    def _plain(self, id_: str, line: int, column: int, told: str, advice: str = "") -> Hazard:
        rule = rules()[id_]
        seen = Seen("", "", 0, 0, line, column, 0)
        level, _ = self._levels.of(rule, Found(seen, told), self._reading.known)
        return Hazard(
            id_, level, self._reading.path, line, column, told, end_line=line, advice=advice, subject=f"line {line}"
        )


def worst(hazards: Iterable[Hazard]) -> Level | None:
    """The highest level among them."""
    return max((one.level for one in hazards), key=lambda level: level.rank, default=None)
