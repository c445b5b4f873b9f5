"""The registry of event types and what clients get of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from haulback.modules.engagement_events.events import EVENT_TYPES
from haulback.modules.engagement_events.exports import FORMATS, export

NAMES = [event.name for event in EVENT_TYPES]


def test_the_types_of_the_procedures_are_there_and_each_once():
    named = {"app_open", "goal_complete", "steps_import", "coach_message_sent", "mood_log", "sleep_log"}
    assert named <= set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("event", EVENT_TYPES, ids=NAMES)
def test_names_are_snake_case_and_everything_is_described(event):
    names = [field.name for field in event.fields]
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in (event.name, *names))
    assert len(names) == len(set(names))
    for description in (event.description, *(field.description for field in event.fields)):
        assert description.endswith(".")
        # It stands in comments of three languages.
        assert not re.search(r"\*/|[\n\"'\\]", description.replace("user's", "").replace("screen's", ""))
    assert all(field.kind == "string" for field in event.fields if field.choices)


@pytest.mark.parametrize("form", FORMATS)
def test_every_export_is_the_same_each_time_and_knows_every_type(form):
    document = export(form)
    assert document == export(form)
    assert document.endswith("\n")
    assert [name for name in NAMES if not re.search(rf"['\"]{name}['\"]", document)] == []


def test_the_json_export_is_a_schema_with_a_definition_for_each_type():
    schema = json.loads(export("json"))
    assert list(schema["$defs"]) == NAMES
    alternatives = {
        option["properties"]["event_type"]["const"]: option["properties"]["value"]["$ref"] for option in schema["oneOf"]
    }
    assert alternatives == {name: f"#/$defs/{name}" for name in NAMES}
    mood = schema["$defs"]["mood_log"]
    assert mood["required"] == ["score"]
    assert mood["properties"]["score"] == {
        "type": "integer",
        "description": "From 1, very low, to 5, very good.",
        "minimum": 1,
        "maximum": 5,
    }
    assert schema["$defs"]["meal_log"]["properties"]["meal"]["enum"] == ["breakfast", "lunch", "dinner", "snack"]
    assert schema["$defs"]["goal_set"]["properties"]["due_at"]["format"] == "date-time"


def test_the_typescript_export_states_types_and_what_may_be_absent():
    document = export("typescript")
    assert "export interface MoodLogValue {" in document
    assert "  score: number;" in document
    assert "  note?: string;" in document
    assert '  meal: "breakfast" | "lunch" | "dinner" | "snack";' in document
    assert "  mood_log: MoodLogValue;" in document


def test_the_typescript_export_without_its_types_runs(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = re.sub(r"/\*\*.*?\*/", "", export("typescript"))
    script = re.sub(r"^export (interface|type) .*?^}(\[\w+\])?;?$", "", script, flags=re.MULTILINE | re.DOTALL)
    script = re.sub(r"^export type .*;$", "", script, flags=re.MULTILINE).replace(" as const", "")
    path = tmp_path / "events.mjs"
    path.write_text(script + "\nconsole.log(JSON.stringify(engagementEventTypes));\n")
    done = subprocess.run([node, path], capture_output=True, text=True, check=False)
    assert (done.stderr, json.loads(done.stdout or "null")) == ("", NAMES)


def test_the_dart_export_has_a_value_and_a_class_for_each_type():
    document = export("dart")
    values = re.findall(r"^  (\w+)\('(\w+)'\)[,;]$", document, flags=re.MULTILINE)
    assert [wire for _, wire in values] == NAMES
    assert ("coachMessageSent", "coach_message_sent") in values
    classes = re.findall(r"^class (\w+)Value extends", document, flags=re.MULTILINE)
    assert [name[0].lower() + name[1:] for name in classes] == [value for value, _ in values]
    assert "  const MoodLogValue({required this.score, this.note});" in document
    assert "        if (dueAt != null) 'due_at': dueAt!.toUtc().toIso8601String()," in document
    for opening, closing in ("{}", "()", "[]"):
        assert document.count(opening) == document.count(closing)


@pytest.mark.parametrize("name", ["index", "values", "class", "enum", "default"])
def test_no_type_takes_a_word_that_dart_keeps(name):
    assert name not in NAMES
