"""One file's findings on their way to hazards: asked of every rule, measured, judged, silenced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from haulback.hazards import happened, ignores
from haulback.hazards.levels import Levels
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Found, Rule, Work
from haulback.hazards.scanning import Fault, Text
from haulback.hazards.squawk import Remark
from haulback.model.hazard import Hazard, Source

# Rules that are applied here, not by their files.
UNREADABLE = "unreadable-file"
UNEXPLAINED, UNKNOWN, UNUSED = "unexplained-ignore", "unknown-ignore", "unused-ignore"


class File:
    """One file's findings on their way to hazards."""

    def __init__(self, reading: Reading, levels: Levels, faults: Iterable[Fault], text: Text) -> None:
        self._reading, self._levels, self._faults, self._text = reading, levels, faults, text
        self._rules: Mapping[str, Rule] = {}
        self.problems: list[str] = []

    def hazards(self, rules: Mapping[str, Rule], remarks: Iterable[Remark]) -> tuple[list[Hazard], int]:
        """(hazards in order of their place, how many an ignore keeps quiet); `problems` then tells what is unknown."""
        self._rules = rules
        found = [(one.seen.number, self._hazard(rule, one)) for rule, one in self._found()]
        found += [pair for remark in remarks if (pair := self._remarked(remark))]
        kept, silenced = self._silence(found)
        kept += self._own()
        return sorted(set(kept), key=lambda one: (one.line, one.column, one.id, one.told)), silenced

    def _found(self) -> Iterable[tuple[Rule, Found]]:
        """What the rules tell, those that measure last: they add what no text told."""
        told: set[tuple[int, Work | None, str]] = set()
        for rule in sorted(self._rules.values(), key=lambda one: one.measured):
            for one in self._asked(rule):
                work = one.work or rule.work
                if work and one.table and self._reading.is_new(one.table, one.seen):
                    continue
                named = (one.seen.number, work, one.table)
                if happened.contradicted(self._reading, work, one) or (rule.measured and work and named in told):
                    continue
                told.add(named)
                yield rule, one

    def _asked(self, rule: Rule) -> Sequence[Found]:
        """What one rule tells; one that fails (it may be a plug-in's) leaves its hazard unknown and the rest intact."""
        try:
            return list(rule.find(self._reading)) if rule.find else ()
        except Exception as error:  # noqa: BLE001 - whatever it raises, a deployment must not die of a linter
            what = f"{type(error).__name__}: {error}"
            self.problems.append(f"{rule.id} could not be looked for in {self._reading.path.name}: {what}")
            return ()

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
            replaces=None if found.seen.inside or not found.rewrite else found.seen.span,
            source=Source.REHEARSAL if rule.measured or happened.seen(self._reading, rule, found) else Source.TEXT,
            seconds=seconds,
        )

    def _remarked(self, remark: Remark) -> tuple[int, Hazard] | None:
        rule = next((one for one in self._rules.values() if not one.find and remark.rule in one.squawk), None)
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
            told=told if told.partition(" ")[0].isupper() else told[:1].lower() + told[1:],
            advice=remark.help.strip(),
            source=Source.SQUAWK,
        )
        return seen.number, hazard

    def _silence(self, found: list[tuple[int, Hazard]]) -> tuple[list[Hazard], int]:
        """Leaves out what an ignore names; each ignore that silences nothing is a finding itself."""
        kept = found
        extra: list[Hazard] = []
        for one in ignores.ignores(self._reading.text, self._reading.statements):
            if one.id not in self._rules:
                extra.append(self._about(UNKNOWN, one, self._unknown(one.id)))
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

    def _unknown(self, id_: str) -> str:
        if not id_:
            return "the ignore names no hazard"
        ours = sorted(rule.id for rule in self._rules.values() if id_ in rule.squawk)
        return f"{id_} is squawk's name: here it is {' or '.join(ours)}" if ours else f"there is no hazard {id_}"

    def _about(self, id_: str, one: ignores.Ignore, told: str) -> Hazard:
        return self._plain(id_, one.line, one.column, told)

    def _own(self) -> list[Hazard]:
        found = [self._plain(one.id, one.line, one.column, one.problem, one.hint) for one in self._faults]
        if self._text.problem:
            found.append(self._plain(UNREADABLE, 1, 1, self._text.problem, self._text.hint))
        return found

    def _plain(self, id_: str, line: int, column: int, told: str, advice: str = "") -> Hazard:
        rule = self._rules[id_]
        seen = Seen("", "", 0, 0, line, column, 0)
        level, _ = self._levels.of(rule, Found(seen, told), self._reading.known)
        return Hazard(
            id_, level, self._reading.path, line, column, told, end_line=line, advice=advice, subject=f"line {line}"
        )
