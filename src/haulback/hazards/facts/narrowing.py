"""What the change of a column's type does to values. Types are texts of `haulback.hazards.facts.column_types`."""

from __future__ import annotations

from haulback.hazards.facts import column_types

_WHOLE = {"int2": 1, "int4": 2, "int8": 3}
_TEXTS = frozenset({"text", "varchar", "char", "citext", "name"})
_NUMBERS = frozenset({*_WHOLE, "numeric", "float4", "float8"})
_TIMES = frozenset({"timestamp", "timestamptz", "date", "time", "timetz"})
_LIMITED = frozenset({"varchar", "char", "varbit", "bit"})

REFUSED = "one value that does not fit makes the statement fail"
CUT = "longer values are cut without a word"
ROUNDED = "values are rounded"


def loss(old: str, new: str, *, explicit: bool) -> str:
    """What happens to values that do not fit; empty where all do, or nobody can tell.

    Args:
        old: empty where it is not known.
        new: the type afterwards.
        explicit: whether a USING casts to the type: an explicit cast cuts where an implicit one refuses.
    """
    if old == new or old.endswith("[]") or new.endswith("[]"):
        return ""
    (word, limits), (new_word, new_limits) = column_types.split(old), column_types.split(new)
    if new_word in _LIMITED and word in _TEXTS | _LIMITED | {""}:
        return _shorter(limits if word in _LIMITED else (), new_limits, explicit=explicit)
    if new_word in _NUMBERS and word in _NUMBERS | {""}:
        return _smaller(word, limits, new_word, new_limits)
    if new_word in _TIMES and word in _TIMES | {""}:
        return _coarser(word, limits, new_word, new_limits)
    return _unlike(word, new_word)


def _unlike(word: str, new_word: str) -> str:
    if (word, new_word) == ("json", "jsonb"):
        return "the order of keys, double keys and blanks go"
    from_text = word in _TEXTS and new_word not in _TEXTS
    between_enums = _is_own(word) and _is_own(new_word)
    return REFUSED if from_text or between_enums else ""


def _shorter(old: tuple[int, ...], new: tuple[int, ...], *, explicit: bool) -> str:
    if not new or (old and old[0] <= new[0]):
        return ""
    return CUT if explicit else REFUSED


def _smaller(word: str, limits: tuple[int, ...], new_word: str, new_limits: tuple[int, ...]) -> str:
    if new_word in _WHOLE:
        if word in _WHOLE:
            return REFUSED if _WHOLE[new_word] < _WHOLE[word] else ""
        if not word:
            return REFUSED if new_word != "int8" else ""
        return ROUNDED
    if new_word == "numeric":
        return _fewer_digits(word, limits, new_limits)
    if new_word == "float4":
        return "digits after the sixth go" if word not in {"float4", "int2"} else ""
    return "digits after the fifteenth go" if word in {"numeric", "int8"} else ""


def _fewer_digits(word: str, limits: tuple[int, ...], new_limits: tuple[int, ...]) -> str:
    if not new_limits:
        return ""
    digits, scale = (*new_limits, 0)[:2]
    if word in _WHOLE:
        return REFUSED if digits - scale < _DIGITS[word] else ""
    if not limits:
        return ROUNDED
    old_digits, old_scale = (*limits, 0)[:2]
    if scale < old_scale:
        return ROUNDED
    return REFUSED if digits - scale < old_digits - old_scale else ""


def _coarser(word: str, limits: tuple[int, ...], new_word: str, new_limits: tuple[int, ...]) -> str:
    if word and new_word == word:
        return ROUNDED if new_limits and new_limits < (limits or (6,)) else ""
    if new_word == "date":
        return "the time of day goes"
    if new_word in {"time", "timetz"}:
        return "the day goes" if word not in {"time", "timetz"} else "the time zone changes"
    if new_word == "timestamp" and word in {"timestamptz", ""}:
        return "the time zone goes: values become the local time of whoever runs the statement"
    if new_word == "timestamptz" and word == "timestamp":
        return "values are taken for the local time of whoever runs the statement"
    return ""


def _is_own(word: str) -> bool:
    """Whether a type is most likely one that users made."""
    return bool(word) and word not in _TEXTS | _NUMBERS | _TIMES | _LIMITED | _BUILT_IN


_DIGITS = {"int2": 5, "int4": 10, "int8": 19}
_BUILT_IN = frozenset(
    {
        *("bool", "bytea", "json", "jsonb", "uuid", "inet", "cidr", "macaddr", "money", "interval", "xml", "oid"),
        *("point", "line", "box", "path", "polygon", "circle", "tsvector", "tsquery", "regclass", "regtype"),
        *("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "vector", "geometry", "ltree"),
    }
)
