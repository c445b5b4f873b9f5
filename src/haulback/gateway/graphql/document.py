"""Parses the text of a request."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLSyntaxError, parse
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from haulback.gateway.graphql.refused import NoData
from haulback.model.graphql import GraphQLSettings

_FRAGMENTS_DEPTH = 50  # of fragments within fragments, with the fields between them


@dataclass(frozen=True, slots=True)
class Document:
    """A query with its fragments; of two with one name and type the first counts."""

    operations: tuple[OperationDefinitionNode, ...]
    fragments: dict[tuple[str, str], FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one that is asked for.

        Raises:
            NoData: there is none, or it is a subscription.
        """
        alone = len(self.operations) == 1 and name is None
        for each in self.operations:
            if alone or (each.name.value if each.name else None) == name:
                if each.operation is OperationType.SUBSCRIPTION:
                    raise NoData("Subscriptions are not supported")
                return each
        raise NoData("Operation not found")


def read(text: str, bounds: GraphQLSettings) -> Document:
    """The document of a text.

    Raises:
        NoData: it cannot be parsed, is too long, or its operations or fragments do not fit together.
    """
    if len(text) > bounds.text:
        raise NoData("query is too long")
    try:
        parsed = parse(text, no_location=True, max_tokens=bounds.tokens)
    except GraphQLSyntaxError as wrong:
        raise NoData(_told(wrong)) from None
    except RecursionError:
        raise NoData("query is nested too deeply") from None
    operations = []
    fragments: dict[tuple[str, str], FragmentDefinitionNode] = {}
    for each in parsed.definitions:
        match each:
            case OperationDefinitionNode():
                operations.append(each)
            case FragmentDefinitionNode():
                fragments.setdefault((each.name.value, each.type_condition.name.value), each)
            case _:
                raise NoData("query parse error: only operations and fragments can be run")
    _check_names(operations)
    _check_cycles(fragments)
    return Document(tuple(operations), fragments)


def _told(wrong: GraphQLSyntaxError) -> str:
    where = f" at {wrong.locations[0].line}:{wrong.locations[0].column}" if wrong.locations else ""
    return f"query parse error: Parse error{where}\n{wrong.message.removeprefix('Syntax Error: ')}"


def _check_names(operations: list[OperationDefinitionNode]) -> None:
    names = [each.name.value if each.name else None for each in operations]
    if None in names and len(names) > 1:
        raise NoData("Anonymous operations must be the only defined operation")
    if len(set(names)) != len(names):
        raise NoData("Operation names must be unique")


def _check_cycles(fragments: dict[tuple[str, str], FragmentDefinitionNode]) -> None:
    by_name: dict[str, FragmentDefinitionNode] = {}
    for (name, _), fragment in fragments.items():
        by_name.setdefault(name, fragment)
    heights = _Heights(by_name)
    for name in by_name:
        heights.of(name, 0)


class _Heights:
    """How many levels there are in fragments; each is looked at once, however often it is spread.

    Args:
        fragments: by name.
    """

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, int] = {}
        self._under_way: set[str] = set()

    def of(self, name: str, above: int) -> int:
        """Levels of a fragment that stands below so many.

        Raises:
            NoData: it leads to itself, or there are too many.
        """
        if name in self._under_way:
            raise NoData("Found a cycle between fragments")
        if name not in self._known:
            self._under_way.add(name)
            self._known[name] = 1 + self._below(self._fragments[name].selection_set, above + 1)
            self._under_way.discard(name)
        if above + self._known[name] > _FRAGMENTS_DEPTH:
            raise _too_deep()
        return self._known[name]

    def _below(self, selections: SelectionSetNode | None, above: int) -> int:
        if above >= _FRAGMENTS_DEPTH:
            raise _too_deep()
        most = 0
        for each in selections.selections if selections else ():
            match each:
                case FragmentSpreadNode() if each.name.value in self._fragments:
                    most = max(most, self.of(each.name.value, above + 1))
                case FieldNode() | InlineFragmentNode():
                    most = max(most, self._below(each.selection_set, above + 1))
        return 1 + most


def _too_deep() -> NoData:
    return NoData(f"Fragment cycle depth is greater than {_FRAGMENTS_DEPTH}")
