"""`select=`: columns, and the tables embedded among them."""

from __future__ import annotations

import re

from haulback.gateway.rest.query.names import field as read_field
from haulback.gateway.rest.query.names import name, needed_name, word
from haulback.gateway.rest.query.scanner import END, Scanner, scanned
from haulback.gateway.rest.query.tree import Aggregate, Field, SelectField, SelectRelation

Selection = tuple[SelectField | SelectRelation, ...]

# A plain column with nothing to it, as most are.
_PLAIN = re.compile(r"[ \t]*(\*|(?:[^\W\d]|[0-9 $])+)[ \t]*(?=[,)]|\Z)")
_AGGREGATE = re.compile(r"\.(sum|avg|count|max|min)\(\)")
_COUNT = re.compile(r"count\(\)")
_DEEPEST = 32
_MOST_RELATIONS = 128
# PostgreSQL takes 1664 columns, the keys of embeds among them.
_MOST_FIELDS = 1500


def selection(text: str) -> Selection:
    """What is selected.

    Raises:
        Refusal: PGRST100.
    """
    return scanned("select parameter", text, _Select().forest)


class _Select:
    """One reading of a select; counts what costs PostgreSQL much."""

    __slots__ = ("_depth", "_relations")

    def __init__(self) -> None:
        self._depth = 0
        self._relations = 0

    def forest(self, scanner: Scanner) -> Selection:
        """Items with commas between; what follows the last is not looked at, as PostgREST does not."""
        if not _begins_item(scanner):
            return ()
        items = [self._item(scanner)]
        while _comma(scanner):
            if len(items) == _MOST_FIELDS:
                raise scanner.stuck(f"at most {_MOST_FIELDS} columns")
            items.append(self._item(scanner))
        return tuple(items)

    def _item(self, scanner: Scanner) -> SelectField | SelectRelation:
        plain = _PLAIN.match(scanner.text, scanner.at)
        if plain is not None:
            scanner.at = plain.end()
            return SelectField(Field(plain[1].strip()))
        scanner.skip_blanks()
        if scanner.sees("*"):
            scanner.at += 1
            raise scanner.not_ended('")"', '","', END)
        if scanner.takes("..."):
            return self._relation(scanner, needed_name(scanner), None, spread=True)
        alias, start = _alias(scanner)
        called = name(scanner)
        if called not in {None, "count"} and (scanner.sees("(") or (scanner.sees("!") and _is_relation(scanner))):
            return self._relation(scanner, called or "", alias, spread=False)
        scanner.commit()
        scanner.at = start
        return _field(scanner, alias)

    def _relation(self, scanner: Scanner, called: str, alias: str | None, *, spread: bool) -> SelectRelation:
        hint, inner = _parameters(scanner)
        scanner.needs("(")
        scanner.commit()
        self._depth += 1
        self._relations += 1
        if self._depth > _DEEPEST or self._relations > _MOST_RELATIONS:
            raise scanner.stuck(f"at most {_MOST_RELATIONS} embedded resources and {_DEEPEST} levels of them")
        below = self.forest(scanner)
        scanner.needs(")")
        self._depth -= 1
        return SelectRelation(called, below, alias, hint, inner, spread)


def _begins_item(scanner: Scanner) -> bool:
    """Whether anything is selected: nothing at all may stand where columns could."""
    if scanner.ended or scanner.sees(")"):
        scanner.missed('"..."', "field name (* or [a..z0..9_$])", '"*"', '"count()"')
        return False
    return True


def _comma(scanner: Scanner) -> bool:
    start = scanner.at
    scanner.skip_blanks()
    if scanner.takes(","):
        scanner.skip_blanks()
        return True
    scanner.at = start
    return False


def _alias(scanner: Scanner) -> tuple[str | None, int]:
    """The alias, where there is one, and where what it is of begins."""
    start = scanner.at
    found = name(scanner)
    if found is not None and scanner.sees(":") and not scanner.sees("::"):
        scanner.at += 1
        return found, scanner.at
    scanner.at = start
    return None, start


def _is_relation(scanner: Scanner) -> bool:
    """Whether hints and kinds of joins lead to a parenthesis; else PostgREST takes it for a column gone wrong."""
    start = scanner.at
    _parameters(scanner)
    found = scanner.sees("(")
    scanner.at = start
    return found


def _parameters(scanner: Scanner) -> tuple[str | None, bool | None]:
    """`!hint` and `!inner` or `!left`, in either order."""
    hint: str | None = None
    inner: bool | None = None
    for _ in range(2):
        if not scanner.takes("!"):
            break
        # Words are taken as they begin, so a hint cannot begin like a kind of join.
        if scanner.takes("left"):
            inner = False if inner is None else inner
        elif scanner.takes("inner"):
            inner = True if inner is None else inner
        else:
            found = needed_name(scanner)
            hint = hint or found
    return hint, inner


def _field(scanner: Scanner, alias: str | None) -> SelectField:
    count = _COUNT.match(scanner.text, scanner.at)
    if count is not None:
        start = scanner.at
        scanner.at = count.end()
        cast = _cast(scanner)
        if _at_end(scanner):
            return SelectField(Field("*"), alias, aggregate=Aggregate.COUNT, aggregate_cast=cast)
        scanner.at = start
    column = read_field(scanner)
    cast = _cast(scanner)
    aggregate = _aggregate(scanner)
    aggregate_cast = _cast(scanner)
    if not _at_end(scanner):
        raise scanner.not_ended('")"', '","', END)
    return SelectField(column, alias, cast, aggregate, aggregate_cast)


def _cast(scanner: Scanner) -> str | None:
    return word(scanner) if scanner.takes("::") else None


def _aggregate(scanner: Scanner) -> Aggregate | None:
    found = _AGGREGATE.match(scanner.text, scanner.at)
    if found is not None:
        scanner.at = found.end()
        return Aggregate(found[1])
    if scanner.sees("."):
        scanner.missed('"sum"', '"avg"', '"count"', '"max"', '"min"', at=scanner.at + 1)
    else:
        scanner.missed('"."')
    return None


def _at_end(scanner: Scanner) -> bool:
    return scanner.ended or scanner.sees(",") or scanner.sees(")")
