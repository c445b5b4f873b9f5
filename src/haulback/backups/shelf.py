"""The backups of one target in a store, with what was proved of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import quote

from haulback.backups import manifest
from haulback.backups.errors import ManifestUnreadable, NoBackups, NoSuchBackup, SeveralBackups
from haulback.backups.naming import ID, moment_of
from haulback.backups.stores._below import Below
from haulback.backups.stores._store import DOOMED, Store
from haulback.backups.trust import BELIEVE_ALL, Trust
from haulback.errors import HaulbackError
from haulback.model.backup import Backup, KeptBackup, Proof, Verdict

_PROOF, _HOLD = "proof-", "hold"
_UNFINISHED = "it was never finished"


@dataclass(frozen=True)
class Shelf:
    """Backups of a target lie below its name; each is a folder named by its id.

    Attributes:
        trust: what is not believed is listed with the reason, and is no backup.
    """

    store: Store
    target: str
    trust: Trust = BELIEVE_ALL

    @classmethod
    def of(cls, store: Store, target: str, trust: Trust = BELIEVE_ALL) -> Shelf:
        return cls(Below(store, quote(target, safe="")), target, trust)

    def all(self) -> tuple[KeptBackup, ...]:
        """Every backup, oldest first, with those that were never finished or cannot be read."""
        return tuple(sorted((self._kept(id_, names) for id_, names in self._listed()), key=_age))

    def one(self, id_: str) -> KeptBackup:
        """The backup of that id, or of the only one whose id begins so.

        Raises:
            NoSuchBackup: there is none.
            SeveralBackups: it may mean several.
        """
        found = [one for one in self.all() if id_ and one.id.startswith(id_)]  # all of an id is no beginning of another
        if not found:
            raise NoSuchBackup(id=id_ or "without an id", target=self.target, store=self.store.address)
        if len(found) > 1:
            raise SeveralBackups(id=id_, count=len(found), target=self.target)
        return found[0]

    def proved(self, system: str = "") -> Iterator[Backup]:
        """The proved ones of that cluster, as far as both are known, newest first; reads no more than is asked for.

        A backup of another cluster that has the target's name proves nothing about this one.
        """
        # An id begins with its second; of one second the manifests tell which is newer.
        for _, same in groupby(reversed(self._listed()), lambda listed: listed[0].partition("-")[0]):
            found = [self._kept(id_, names) for id_, names in same if any(name.startswith(_PROOF) for name in names)]
            backups = [one.backup for one in found if one.backup and one.is_proved]
            for backup in sorted(backups, key=lambda one: one.began_at, reverse=True):
                if not system or backup.system in {"", system}:
                    yield backup

    def remove(self, id_: str) -> None:
        """Removes a backup. Its manifest goes first: whatever a crash leaves is no backup, and is never taken for one.

        A store of one folder renames all of it before that counts, so that nothing is left under its name at all.
        """
        self.store.remove(f"{id_}/{manifest.NAME}")
        self.store.remove(f"{id_}/")

    def clear_remains(self) -> None:
        """Removes what removals that a crash cut short left behind."""
        tops = {one.name.partition("/")[0] for one in self.store.files()}
        for top in sorted(tops):
            if top.endswith(DOOMED) and ID.match(top.removesuffix(DOOMED)):
                self.store.remove(f"{top}/")

    def newest(self) -> KeptBackup:
        """The newest that is whole.

        Raises:
            NoBackups: there is none.
            NotSealed, OtherTarget, WrongKey: there is none that is believed.
        """
        every = self.all()
        found = [one for one in every if one.backup]
        if not found:
            for one in reversed(every):
                self.require_believed(one)
            raise NoBackups(target=self.target, store=self.store.address)
        return found[-1]

    def read(self, id_: str) -> tuple[Backup, bytes]:
        """A backup by its whole id, and the manifest that says so; reads nothing else.

        Raises:
            ManifestUnreadable: it was changed, was written without the key that it names, or is not there.
            NotSealed, OtherTarget, WrongKey: it is not believed.
        """
        text = self.manifest(id_)
        found, refusal = self._judged(id_, text)
        if refusal:
            raise refusal
        return found, text

    def require_believed(self, kept: KeptBackup) -> None:
        """Says why a backup is not believed, where that is why it is none.

        Raises:
            NotSealed, OtherTarget, WrongKey: it is not.
        """
        if kept.refused and (refusal := self.trust.refusal(kept.refused, self.target)):
            raise refusal

    def holds(self, id_: str) -> bool:
        """Whether there is anything of a backup, by its whole id; lists its own files and reads none."""
        return ID.fullmatch(id_) is not None and any(self.store.files(f"{id_}/"))

    def manifest(self, id_: str) -> bytes:
        try:
            return self.store.read(f"{id_}/{manifest.NAME}")
        except FileNotFoundError:
            raise ManifestUnreadable(id=id_, reason=_UNFINISHED) from None

    def note(self, proof: Proof) -> None:
        """Keeps a proof beside its backup; earlier ones stay."""
        name = f"{proof.backup}/{_PROOF}{proof.at:%Y%m%dT%H%M%S%fZ}.json"
        with self.store.writing(name) as stream:
            stream.write(manifest.proof_to_text(proof))

    def hold(self, id_: str, *, held: bool) -> None:
        """Forbids, or allows again, that a backup is removed."""
        if held:
            with self.store.writing(f"{id_}/{_HOLD}") as stream:
                stream.write(b"held\n")
        else:
            self.store.remove(f"{id_}/{_HOLD}")

    def _listed(self) -> list[tuple[str, set[str]]]:
        """Ids, in order, each with the names of its files."""
        groups = groupby(self.store.files(), key=lambda one: one.name.partition("/")[0])
        return [(id_, {one.name.partition("/")[2] for one in files}) for id_, files in groups if ID.match(id_)]

    def _kept(self, id_: str, names: set[str]) -> KeptBackup:
        held = _HOLD in names
        try:
            backup, refusal = self._judged(id_, self.store.read(f"{id_}/{manifest.NAME}"))
        except FileNotFoundError:
            problem = ManifestUnreadable(id=id_, reason=_UNFINISHED)
            return KeptBackup(id_, None, (), problem.message, held, unfinished=True)
        except ManifestUnreadable as problem:
            return KeptBackup(id_, None, (), problem.message, held)
        if refusal:
            return KeptBackup(id_, None, (), refusal.message, held, refused=backup)
        told = sorted(name for name in names if name.startswith(_PROOF))
        return KeptBackup(id_, backup, tuple(self._proof(id_, name) for name in told), "", held)

    def _judged(self, id_: str, text: bytes) -> tuple[Backup, HaulbackError | None]:
        """What a manifest says, and why it is not believed; None where it is."""
        found = manifest.from_text(text, id_)
        self.trust.require_seal(text, found)
        return found, self.trust.refusal(found, self.target)

    def _proof(self, id_: str, name: str) -> Proof:
        """A proof that cannot be read, or is of another backup, says nothing; the backup is none the worse for it."""
        try:
            found = manifest.proof_from_text(self.store.read(f"{id_}/{name}"), id_)
        except (ManifestUnreadable, FileNotFoundError) as error:
            reason = error.message if isinstance(error, ManifestUnreadable) else f"{name} is gone"
            return Proof(id_, Verdict.UNKNOWN, moment_of(id_), 0.0, (reason,))
        if found.backup != id_:
            return Proof(id_, Verdict.UNKNOWN, found.at, 0.0, (f"{name} is a proof of {found.backup}",))
        return found


def _age(kept: KeptBackup) -> tuple[datetime, str]:
    """By the moment itself: ids tell no two of one second apart."""
    return (kept.backup.began_at if kept.backup else moment_of(kept.id), kept.id)
