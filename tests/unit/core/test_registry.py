from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from haulback.registry import DuplicateId, PluginBroken, find

_MEMBER = "from types import SimpleNamespace\nmember = SimpleNamespace(id={id!r})\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest):
    """Makes a package of the given modules; the name is the test's own, since imports are kept."""
    name = f"kind_{abs(hash(request.node.name))}"
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(**modules: str) -> str:
        (tmp_path / name).mkdir()
        for module, text in {"__init__": "", **modules}.items():
            (tmp_path / name / f"{module}.py").write_text(text)
        return name

    yield make
    for loaded in [one for one in sys.modules if one.split(".")[0] == name]:
        del sys.modules[loaded]


@pytest.fixture
def plug_in(tmp_path: Path):
    """Declares entry points as an installed package does."""
    installed = tmp_path / "plugged-1.0.dist-info"

    def declare(value: str, group: str = "haulback.things") -> None:
        installed.mkdir(exist_ok=True)
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
        with (installed / "entry_points.txt").open("a") as file:
            file.write(f"[{group}]\none = {value}\n")

    return declare


def test_members_are_found_by_id_in_the_order_of_their_files(package):
    name = package(b=_MEMBER.format(id="first"), a=_MEMBER.format(id="second"))

    assert list(find(name, "things", "member")) == ["second", "first"]


def test_private_modules_and_modules_without_the_attribute_are_no_members(package):
    name = package(_base=_MEMBER.format(id="x"), other="thing = 1", a=_MEMBER.format(id="a"))

    assert list(find(name, "things", "member")) == ["a"]


def test_a_duplicate_id_names_both_modules(package):
    name = package(a=_MEMBER.format(id="same"), b=_MEMBER.format(id="same"))

    with pytest.raises(DuplicateId, match=rf"two things members have the id same: {name}\.a and {name}\.b"):
        find(name, "things", "member")


def test_plug_ins_come_last_through_the_same_hook(package, plug_in):
    name = package(a=_MEMBER.format(id="z"), _plug=_MEMBER.format(id="b"))
    plug_in(f"{name}._plug:member")
    plug_in(f"{name}._plug:nothing", group="haulback.others")

    assert list(find(name, "things", "member")) == ["z", "b"]


def test_a_plug_in_cannot_replace_a_built_in(package, plug_in):
    name = package(a=_MEMBER.format(id="a"), _plug=_MEMBER.format(id="a"))
    plug_in(f"{name}._plug:member")

    with pytest.raises(DuplicateId, match="_plug:member"):
        find(name, "things", "member")


@pytest.mark.parametrize(
    ("value", "reason"),
    [("{}._bad:member", "RuntimeError: no"), ("{}.a:nothing", "AttributeError"), ("nowhere_at_all:x", "ModuleNotFound"),
     ("{}.a:__name__", "it has no id")],
)  # fmt: skip
def test_a_plug_in_that_cannot_be_loaded_is_named(package, plug_in, value, reason):
    name = package(a=_MEMBER.format(id="a"), _bad="raise RuntimeError('no')")
    plug_in(value.format(name))

    with pytest.raises(PluginBroken, match=reason):
        find(name, "things", "member")


def test_what_is_found_cannot_be_changed(package):
    found = find(package(a=_MEMBER.format(id="a")), "things", "member")

    with pytest.raises(TypeError):
        found["b"] = SimpleNamespace(id="b")
