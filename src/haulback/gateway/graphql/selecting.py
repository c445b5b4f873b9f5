"""The fields of a selection: fragments spread, what is skipped left out, and fields with one key made one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql.language import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.values import Given, Kind, Leaf


@dataclass(slots=True)
class Asked:
    """One field that is asked for.

    Attributes:
        key: in the answer: the alias or the name.
        arguments: by name.
        selections: below it, of all places where it stands.
    """

    key: str
    name: str
    arguments: dict[str, ValueNode]
    selections: list[SelectionNode] = field(default_factory=list)


@dataclass(slots=True)
class Printed:
    """Numbers the texts of values: a value is printed once, however often it is compared with others."""

    nodes: dict[int, tuple[ValueNode, int]] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)

    def number(self, node: ValueNode) -> int:
        """The same for values of the same text."""
        known = self.nodes.get(id(node))  # the node is kept, so that no other gets its id
        if known is None:
            known = self.nodes[id(node)] = (node, self.texts.setdefault(print_ast(node), len(self.texts)))
        return known[1]


@dataclass(slots=True)
class Selecting:
    """Spreads the fragments of one document.

    Attributes:
        left: fields that may still be looked at; a fragment that is spread twice in another that is spread twice
            costs four times.
        printed: values that were compared.
    """

    fragments: dict[tuple[str, str], FragmentDefinitionNode]
    given: Given
    left: int
    printed: Printed = field(default_factory=Printed)

    def fields(self, selections: Sequence[SelectionNode], type_name: str) -> list[Asked]:
        """The fields of a selection on a type, in order.

        Raises:
            Refused: a fragment or directive is not there or is not as it must be, two fields do not merge, or there
                are too many.
        """
        merged: dict[str, Asked] = {}
        for each in selections:
            self.left -= 1
            if self.left < 0:
                raise Refused("query asks for too many fields")
            if not self._skipped(each.directives or ()):
                for asked in self._of(each, type_name):
                    self._merge(merged, asked)
        return list(merged.values())

    def _of(self, node: SelectionNode, type_name: str) -> list[Asked]:
        match node:
            case FieldNode():
                key = node.alias.value if node.alias else node.name.value
                arguments: dict[str, ValueNode] = {}
                for each in node.arguments or ():
                    arguments.setdefault(each.name.value, each.value)  # of two with one name the first counts
                below = list(node.selection_set.selections) if node.selection_set else []
                return [Asked(key, node.name.value, arguments, below)]
            case FragmentSpreadNode():
                fragment = self.fragments.get((node.name.value, type_name))
                if fragment is None:
                    raise Refused(f"no fragment named {node.name.value} on type {type_name}")
                return self.fields(fragment.selection_set.selections, type_name)
            case InlineFragmentNode():
                if node.type_condition is None or node.type_condition.name.value == type_name:
                    return self.fields(node.selection_set.selections, type_name)
        return []

    def _merge(self, merged: dict[str, Asked], asked: Asked) -> None:
        there = merged.setdefault(asked.key, asked)
        if there is asked:
            return
        if there.name != asked.name:
            raise Refused(f"Fields `{asked.name}` and `{there.name}` are different")
        if not self._same(there.arguments, asked.arguments):
            raise Refused(f"Two fields named `{asked.name}` have different arguments")
        there.selections.extend(asked.selections)
        if len(there.selections) > self.left:  # not one copy after the other first
            raise Refused("query asks for too many fields")

    def _same(self, some: dict[str, ValueNode], others: dict[str, ValueNode]) -> bool:
        if some.keys() != others.keys():
            return False
        return all(self.printed.number(some[name]) == self.printed.number(others[name]) for name in some)

    def _skipped(self, directives: Sequence[DirectiveNode]) -> bool:
        for directive in directives:
            name = directive.name.value
            if name not in {"skip", "include"}:
                raise Refused(f"Unknown directive {name}")
            arguments = directive.arguments or ()
            if len(arguments) != 1:
                raise Refused(f"Incorrect arguments to directive @{name}")
            argument = arguments[0]
            if argument.name.value != "if":
                raise Refused(f"Unknown argument to @{name}: {argument.name.value}")
            if self._says(argument.value, name) is (name == "skip"):
                return True
        return False

    def _says(self, node: ValueNode, name: str) -> bool | None:
        match node:
            case BooleanValueNode():
                return node.value
            case VariableNode():
                value = self.given.variable(node.name.value)
                if not isinstance(value, Leaf) or value.kind is not Kind.BOOLEAN:
                    raise Refused(f'Value for "if" in @{name} directive is required')
                return bool(self.given.fact(value, bool))
        return None
