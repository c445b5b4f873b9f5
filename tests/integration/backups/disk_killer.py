"""Runs a use case in a child that is killed before the n-th thing it does to files, processes or programs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable

_CHANGES = frozenset({
    "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.kill",
    "subprocess.Popen", "shutil.rmtree", "shutil.copyfile",
})  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def killed(act: Callable[[Callable[[], None]], object], number: int) -> bool:
    """Whether it was killed; `act` is given what begins the counting."""
    child = os.fork()
    if child == 0:
        counted = -1

        def begin() -> None:
            nonlocal counted
            counted = max(counted, 0)

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal counted
            changes = event in _CHANGES or (event == "open" and bool(int(str(arguments[2] or 0)) & _WRITES))
            if counted >= 0 and changes:
                counted += 1
                if counted == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        with contextlib.suppress(BaseException):
            sys.addaudithook(hook)
            act(begin)
            code = 0
        os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed by itself"
    return os.WIFSIGNALED(status)
