"""A cast of a claim that can raise: one odd token stops more than its own queries."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import expressions, policies
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name"})
_JSON = frozenset({"json", "jsonb"})
# What every token holds in the same form; whoever signs tokens sets it.
_STANDARD = frozenset({"sub", "exp", "iat", "nbf", "session_id", "is_anonymous"})


def _find(reading: Reading) -> Iterator[Found]:
    for policy in policies.lasting(reading):
        text = policy.seen.text.lower()
        if not ("jwt" in text or "current_setting" in text) or not ("::" in text or "cast" in text):
            continue
        node = policy.seen.node
        conditions = [part for part in (node.qual, node.with_check) if part.ListFields()]
        told = {
            (_what(cast.arg), _type(cast)): cast
            for cast in expressions.within(*conditions)
            if cast.DESCRIPTOR.name == "TypeCast" and _can_raise(cast)
        }
        for (what, type_), cast in told.items():
            yield Found(
                policy.seen,
                f"the cast of {what} to {type_} in {policy.shown} raises where it holds anything else, and where "
                "Realtime watches the table it stops the changes for every subscriber",
                subject=f"{policy.table}.{names.identifier(policy.name)}",
                advice=_advice(what, type_),
                place=policy.seen.place(cast.location),
            )


def _can_raise(cast: Node) -> bool:
    return _type(cast) not in _TEXTS and _gives_odd(cast.arg, _type(cast))


def _gives_odd(value: Node, type_: str) -> bool:
    """Whether a value comes out of a claim or setting in a form that the type may refuse."""
    value = expressions.bare(value)
    match value.DESCRIPTOR.name:
        case "FuncCall":
            # With missing_ok it is '' where it was set once, and '' is neither a number nor JSON.
            return expressions.called(value) == "current_setting"
        case "A_Expr":
            operator = names.words(value.name)[-1]
            if operator in {"->", "#>"} and type_ in _JSON:
                return False
            plain = operator in {"->", "->>", "#>", "#>>"} and _is_claim(value)
            return plain and expressions.text(value.rexpr) not in _STANDARD
        case "SubLink":
            select = expressions.bare(value.subselect)
            targets = select.target_list if select.DESCRIPTOR.name == "SelectStmt" else []
            return len(targets) == 1 and not select.from_clause and _gives_odd(targets[0].res_target.val, type_)
    return False


def _is_claim(node: Node) -> bool:
    return any(expressions.called(call) in expressions.CLAIMS for call in expressions.calls(node))


def _type(cast: Node) -> str:
    return f"{names.words(cast.type_name.names)[-1]}{'[]' if cast.type_name.array_bounds else ''}"


def _what(arg: Node) -> str:
    keys = [text for node in expressions.within(arg) if (text := _constant(node))]
    return f"the claim {keys[-1]}" if _is_path(arg) and keys else f"the setting {keys[0]}" if keys else "a setting"


def _is_path(arg: Node) -> bool:
    return any(node.DESCRIPTOR.name == "A_Expr" for node in expressions.within(arg))


def _constant(node: Node) -> str | None:
    return expressions.text(node) if node.DESCRIPTOR.name == "A_Const" else None


def _advice(what: str, type_: str) -> str:
    if what.startswith("the setting") and type_ in _JSON:
        return f"`nullif(current_setting(..., true), '')::{type_}` gives null where nothing is set; auth.jwt() does so."
    return "Compare as text: cast the column, not the claim (`column::text = claim`)."


RULE = Rule(
    "claim-cast-can-raise", "A policy casts a claim that may hold something else", Family.EXPOSES, Level.WARN, _find
)
