"""The registry of event types: the one source of what clients write into `engagement_events`.

A type is added here and nowhere else; `exports` makes JSON Schema, Dart and TypeScript of it. A name that
was released stays: rows and clients of it exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "integer", "number", "boolean", "datetime"]


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an event's value. Limits are inclusive; `choices` are the only strings allowed."""

    name: str
    kind: Kind
    description: str
    required: bool = True
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event. `name` is what stands in the column event_type; `fields` describe the column value."""

    name: str
    description: str
    fields: tuple[Field, ...] = ()


EVENT_TYPES: tuple[EventType, ...] = (
    EventType(
        "app_open",
        "The app came to the foreground.",
        (
            Field(
                "source",
                "string",
                "What the user opened it with.",
                required=False,
                choices=("icon", "notification", "widget", "link"),
            ),
        ),
    ),
    EventType(
        "session_end",
        "The app left the foreground.",
        (Field("seconds", "integer", "How long it was in front.", minimum=0),),
    ),
    EventType(
        "screen_view",
        "A screen was shown.",
        (Field("screen", "string", "The screen's route name."),),
    ),
    EventType(
        "onboarding_complete",
        "The user finished the introduction.",
        (Field("skipped_steps", "integer", "Steps left out.", required=False, minimum=0),),
    ),
    EventType(
        "goal_set",
        "The user set a goal.",
        (
            Field("goal_id", "string", "The goal."),
            Field("target", "number", "What counts as reached.", required=False),
            Field("due_at", "datetime", "When it is due.", required=False),
        ),
    ),
    EventType(
        "goal_complete",
        "A goal was reached.",
        (Field("goal_id", "string", "The goal."),),
    ),
    EventType(
        "habit_check_in",
        "The user ticked a habit off.",
        (
            Field("habit_id", "string", "The habit."),
            Field("streak_days", "integer", "Days in a row, this one included.", required=False, minimum=1),
        ),
    ),
    EventType(
        "steps_import",
        "A step count was imported.",
        (
            Field("steps", "integer", "Steps in the interval.", minimum=0),
            Field(
                "source",
                "string",
                "Where they were counted.",
                required=False,
                choices=("health_kit", "health_connect", "device", "manual"),
            ),
            Field("from_at", "datetime", "Begin of the interval.", required=False),
            Field("to_at", "datetime", "End of the interval.", required=False),
        ),
    ),
    EventType(
        "workout_log",
        "A workout was recorded.",
        (
            Field("activity", "string", "What was done."),
            Field("minutes", "integer", "How long.", minimum=0, maximum=1440),
            Field("kilocalories", "number", "Energy spent.", required=False, minimum=0),
        ),
    ),
    EventType(
        "heart_rate_import",
        "A heart rate was imported.",
        (
            Field("beats_per_minute", "integer", "The rate.", minimum=20, maximum=260),
            Field("resting", "boolean", "Whether it was taken at rest.", required=False),
        ),
    ),
    EventType(
        "weight_log",
        "A weight was recorded.",
        (Field("kilograms", "number", "The weight.", minimum=1, maximum=700),),
    ),
    EventType(
        "meal_log",
        "A meal was recorded.",
        (
            Field("meal", "string", "Which meal.", choices=("breakfast", "lunch", "dinner", "snack")),
            Field("kilocalories", "number", "Its energy.", required=False, minimum=0),
        ),
    ),
    EventType(
        "water_log",
        "A drink was recorded.",
        (Field("millilitres", "integer", "How much.", minimum=1, maximum=10000),),
    ),
    EventType(
        "mood_log",
        "The user said how they feel.",
        (
            Field("score", "integer", "From 1, very low, to 5, very good.", minimum=1, maximum=5),
            Field("note", "string", "In the user's words.", required=False),
        ),
    ),
    EventType(
        "sleep_log",
        "A night was recorded.",
        (
            Field("minutes", "integer", "Time asleep.", minimum=0, maximum=1440),
            Field("quality", "integer", "From 1, bad, to 5, good.", required=False, minimum=1, maximum=5),
        ),
    ),
    EventType(
        "coach_message_sent",
        "The user wrote to the coach.",
        (
            Field("thread_id", "string", "The conversation."),
            Field("characters", "integer", "Length of the message.", required=False, minimum=0),
        ),
    ),
    EventType(
        "coach_message_received",
        "The coach answered.",
        (
            Field("thread_id", "string", "The conversation."),
            Field("automated", "boolean", "Whether a program wrote it.", required=False),
        ),
    ),
    EventType(
        "lesson_complete",
        "A lesson was read to its end.",
        (
            Field("lesson_id", "string", "The lesson."),
            Field("seconds", "integer", "How long it took.", required=False, minimum=0),
        ),
    ),
    EventType(
        "notification_open",
        "A notification was tapped.",
        (Field("notification_id", "string", "The notification."),),
    ),
    EventType(
        "settings_change",
        "A setting was changed.",
        (
            Field("setting", "string", "Its name."),
            Field("enabled", "boolean", "Its new state, where it is a switch.", required=False),
        ),
    ),
)
