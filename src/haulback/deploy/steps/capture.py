"""Placeholder until the room is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.deploy.context import Context


class Capture:
    id = "capture"
    title = "capture what is destroyed"

    def plan(self, _context: Context) -> str:
        return ""

    def run(self, _context: Context) -> Mapping[str, Any]:
        return {}

    def undo(self, _context: Context) -> Mapping[str, Any]:
        return {}
