"""The backups of one target in a store, with what was proved of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from haulback.backups import manifest
from haulback.backups.errors import ManifestUnreadable, NoBackups, NoSuchBackup
from haulback.backups.naming import ID
from haulback.backups.stores._below import Below
from haulback.backups.stores._store import Store
from haulback.model.backup import Backup, KeptBackup, Proof

_PROOF, _HOLD = "proof-", "hold"


@dataclass(frozen=True)
class Shelf:
    """Backups of a target lie below its name; each is a folder named by its id."""

    store: Store
    target: str

    @classmethod
    def of(cls, store: Store, target: str) -> Shelf:
        return cls(Below(store, quote(target, safe="")), target)

    def all(self) -> tuple[KeptBackup, ...]:
        """Every backup, oldest first, with those that were never finished or cannot be read."""
        found = []
        for id_, files in groupby(self.store.files(), key=lambda one: one.name.partition("/")[0]):
            names = {one.name.partition("/")[2] for one in files}
            if ID.match(id_):
                found.append(self._kept(id_, names))
        return tuple(found)

    def one(self, id_: str) -> KeptBackup:
        """The backup of that id, or of the only one whose id begins so.

        Raises:
            NoSuchBackup: there is none, or several.
        """
        found = [one for one in self.all() if one.id == id_ or one.id.startswith(id_)]
        exact = [one for one in found if one.id == id_]
        if not (len(found) == 1 or exact):
            raise NoSuchBackup(id=id_, target=self.target, store=self.store.address)
        return (exact or found)[0]

    def newest(self) -> KeptBackup:
        """The newest that is whole.

        Raises:
            NoBackups: there is none.
        """
        found = [one for one in self.all() if one.backup]
        if not found:
            raise NoBackups(target=self.target, store=self.store.address)
        return found[-1]

    def manifest(self, id_: str) -> bytes:
        try:
            return self.store.read(f"{id_}/{manifest.NAME}")
        except FileNotFoundError:
            raise ManifestUnreadable(id=id_, reason="it was never finished") from None

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

    def _kept(self, id_: str, names: set[str]) -> KeptBackup:
        backup: Backup | None = None
        problem = ""
        proofs: list[Proof] = []
        try:
            backup = manifest.from_text(self.manifest(id_), id_)
            told = sorted(name for name in names if name.startswith(_PROOF))
            proofs += [manifest.proof_from_text(self.store.read(f"{id_}/{name}"), id_) for name in told]
        except ManifestUnreadable as error:
            backup, proofs, problem = None, [], error.message
        return KeptBackup(id_, backup, tuple(proofs), problem, _HOLD in names)
