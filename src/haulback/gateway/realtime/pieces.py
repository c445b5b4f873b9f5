"""Messages in pieces that fit into a notification (fewer than 8,000 bytes), and whole again.

A piece is `worker:number:place:left:text`: who speaks, which of all its pieces this is, which of the message, how many
of the message are still to come, and its part of the message in base64. Numbers run on without a gap: one that is
missed shows.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass

_LONGEST = 7_800  # bytes of text, room for the rest left
_COLONS = 4
_DIGITS = 19  # of a number; Python refuses to read those of thousands
_MOST = 16_000_000  # bytes of a message; more is none of ours


@dataclass
class Splitter:
    """Numbers the pieces of one worker."""

    worker: str
    number: int = 0

    def split(self, message: bytes) -> list[str]:
        """The pieces of a message, one at least."""
        text = b64encode(message).decode()
        parts = [text[at : at + _LONGEST] for at in range(0, len(text), _LONGEST)] or [""]
        first = self.number
        self.number += len(parts)
        left = len(parts)
        return [f"{self.worker}:{first + at}:{at}:{left - at - 1}:{part}" for at, part in enumerate(parts)]

    def skip(self) -> None:
        """Leaves one number out, so that others see that something was."""
        self.number += 1


@dataclass(frozen=True, slots=True)
class Heard:
    """What one piece came to.

    Attributes:
        worker: that spoke.
        message: whole; None where pieces are still to come, or the beginning was missed.
        gap: whether pieces before this one are missing.
    """

    worker: str
    message: bytes | None
    gap: bool


@dataclass
class _Speaker:
    next: int
    parts: list[str] | None = None  # None where the beginning of the message was missed
    size: int = 0


class Joiner:
    """Puts the pieces of all workers together."""

    def __init__(self) -> None:
        self._speakers: dict[str, _Speaker] = {}

    def join(self, piece: str) -> Heard | None:
        """Takes one piece; None where it is none, or was taken before."""
        worker, *numbers, part = [*piece.split(":", _COLONS), ""][: _COLONS + 1]
        if len(numbers) != _COLONS - 1 or not all(map(_is_number, numbers)):
            return None
        number, place, left = map(int, numbers)
        speaker = self._speakers.get(worker)
        if speaker is None:
            speaker = self._speakers[worker] = _Speaker(number)
        if number < speaker.next:
            return None  # said again by a worker that did not know whether it had been heard
        gap, speaker.next = number > speaker.next, number + 1
        if not place:
            speaker.parts, speaker.size = [], 0
        elif gap:
            speaker.parts = None
        _add(speaker, part)
        if left or speaker.parts is None:
            return Heard(worker, None, gap)
        parts, speaker.parts = speaker.parts, None
        return Heard(worker, _decoded(parts), gap)

    def forget(self, worker: str) -> None:
        """A worker that is gone."""
        self._speakers.pop(worker, None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < _DIGITS


def _add(speaker: _Speaker, part: str) -> None:
    if speaker.parts is None:
        return
    speaker.size += len(part)
    if speaker.size > _MOST:
        speaker.parts = None
    else:
        speaker.parts.append(part)


def _decoded(parts: list[str]) -> bytes | None:
    try:
        return b64decode("".join(parts), validate=True)
    except (binascii.Error, ValueError):
        return None
