"""Messages in pieces that fit into a notification (fewer than 8,000 bytes), and whole again.

A piece is `worker:number:left:text`: who speaks, which of its pieces this is, how many of the message are still to
come, and its part of the message in base64. Numbers run on without a gap, so that one shows.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

_LONGEST = 7_800  # bytes of text, room for the rest left
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
        return [f"{self.worker}:{first + at}:{left - at - 1}:{part}" for at, part in enumerate(parts)]

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
    parts: list[str] | None = field(default_factory=list)  # None where the beginning of the message was missed
    size: int = 0


class Joiner:
    """Puts the pieces of all workers together."""

    def __init__(self) -> None:
        self._speakers: dict[str, _Speaker] = {}

    def join(self, piece: str) -> Heard | None:
        """Takes one piece; None where it is none, or was taken before."""
        worker, number_text, left_text, part = [*piece.split(":", 3), "", "", ""][:4]
        if not (number_text.isdecimal() and left_text.isdecimal()) or max(len(number_text), len(left_text)) > 18:  # noqa: PLR2004
            return None
        number, left = int(number_text), int(left_text)
        speaker = self._speakers.get(worker)
        if speaker is not None and number < speaker.next:
            return None  # said again by a worker that did not know whether it had been heard
        gap = speaker is not None and speaker.next != number
        if speaker is None:
            speaker = self._speakers[worker] = _Speaker(number)
        elif gap:
            # Of a message that goes on, the beginning is not there: it is nothing until the next begins.
            speaker.parts, speaker.size = None, 0
        speaker.next = number + 1
        if speaker.parts is not None:
            speaker.size += len(part)
            speaker.parts.append(part)
            if speaker.size > _MOST:
                speaker.parts = None
        if left:
            return Heard(worker, None, gap)
        parts, speaker.parts, speaker.size = speaker.parts, [], 0
        return Heard(worker, None if parts is None else _decoded(parts), gap)

    def forget(self, worker: str) -> None:
        """A worker that is gone."""
        self._speakers.pop(worker, None)


def _decoded(parts: list[str]) -> bytes | None:
    try:
        return b64decode("".join(parts), validate=True)
    except (binascii.Error, ValueError):
        return None
