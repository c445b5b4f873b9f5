"""The one root of every error a user can meet, and the exit codes they lead to.

A leaf class carries fields; its `template` and `hint_template` are formatted with them. The message is
lower-case without a full stop; the hint is a sentence that says what to do next. A bug is not one of these.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Any, ClassVar

from haulback.redact import redact


class Exit(IntEnum):
    """Exit codes of the command, fixed by the design."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    REFUSED = 3
    ROLLED_BACK = 4
    ROLLBACK_INCOMPLETE = 5
    HELD = 6
    UNVERIFIED = 7
    INTERRUPTED = 130


class HaulbackError(Exception):
    """Root of the errors that are told to a user.

    Keyword arguments become attributes and fill the templates. `code` is the class name in kebab-case and is
    stable: programs may match on it.
    """

    template: ClassVar[str] = "something went wrong"
    hint_template: ClassVar[str] = ""
    exit_code: ClassVar[Exit] = Exit.ERROR

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        super().__init__(self.message)

    @property
    def code(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def message(self) -> str:
        return one_line(redact(self.template.format(**self.fields)))

    @property
    def hint(self) -> str:
        return one_line(redact(self.hint_template.format(**self.fields)))

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["fields"][name]
        except KeyError:
            raise AttributeError(name) from None


def one_line(text: str) -> str:
    """The text with line ends made spaces, and with what a terminal would obey shown instead of sent to it.

    Fields come from servers and file names, which may hold anything.
    """
    flat = " ".join(part.strip() for part in text.splitlines() if part.strip()) if "\n" in text else text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in flat)


class UsageError(HaulbackError):
    template = "{problem}"
    hint_template = "{hint}"
    exit_code = Exit.USAGE
