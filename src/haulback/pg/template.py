"""Whole data folders kept to copy shadows from: a copy takes a fraction of what initdb and the baseline take."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from haulback.pg.binaries import Binaries


class Template:
    """The data folder that new shadows of one version begin as.

    Args:
        home: that of the clusters.
        binaries: of the server.
        contents: whatever changes what is in it; another text is another template.
    """

    def __init__(self, home: Path, binaries: Binaries, contents: str) -> None:
        key = sha256(f"{binaries.version}\0{binaries.bin_dir}\0{contents}".encode()).hexdigest()[:16]
        self._root = home / "templates"
        self._major = binaries.major
        self._path = self._root / f"{binaries.major}-{key}"

    @property
    def exists(self) -> bool:
        return (self._path / "PG_VERSION").exists()

    def copy_to(self, data: Path) -> bool:
        """Fills the folder `data`, which must not exist; false where that cannot be done."""
        if not self.exists:
            return False
        if _copy(self._path, data):
            return True
        # Another process may have replaced the template under our hands.
        shutil.rmtree(data, ignore_errors=True)
        return False

    def keep(self, data: Path) -> None:
        """Keeps a copy of `data`, of a server that was stopped cleanly, and lets older templates go.

        A failure is no error: the next shadow takes its time again.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        self._root.chmod(0o711)
        unfinished = self._root / f"making-{secrets.token_hex(4)}"
        if _copy(data, unfinished):
            try:
                # Only a whole copy gets the name; of two processes that make one, the first wins.
                unfinished.rename(self._path)
            except OSError:
                pass
            else:
                self._prune()
        shutil.rmtree(unfinished, ignore_errors=True)

    def _prune(self) -> None:
        for old in self._root.glob(f"{self._major}-*"):
            if old != self._path:
                shutil.rmtree(old, ignore_errors=True)


def _copy(source: Path, target: Path) -> bool:
    # cp shares the blocks where the file system can, and as root keeps the owner.
    done = subprocess.run(["cp", "-a", str(source), str(target)], capture_output=True, check=False)  # noqa: S607
    return done.returncode == 0
