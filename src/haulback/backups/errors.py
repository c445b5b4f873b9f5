"""What can go wrong with backups."""

from __future__ import annotations

from haulback.errors import Exit, HaulbackError


class StoreUnreachable(HaulbackError):
    template = "the store {store} cannot be used: {reason}"
    hint_template = "Check the setting backups.store, and that the store is reachable and may be written."


class StoreFull(HaulbackError):
    template = "the store {store} has no room left: {reason}"
    hint_template = "Free space, or prune old backups: haulback backup prune."


class UnknownStore(HaulbackError):
    template = "there is no kind of store for {address}"
    hint_template = "Known kinds: {known}."
    exit_code = Exit.USAGE


class NoSuchBackup(HaulbackError):
    template = "there is no backup {id} of {target} in {store}"
    hint_template = "`haulback backup list` lists them."
    exit_code = Exit.USAGE


class SeveralBackups(HaulbackError):
    template = "the ids of {count} backups of {target} begin with {id}"
    hint_template = "Give more of the id; `haulback backup list` lists them."
    exit_code = Exit.USAGE


class NoBackups(HaulbackError):
    template = "there is no backup of {target} in {store}"
    hint_template = "Take one: haulback backup run."
    exit_code = Exit.REFUSED


class NoTables(HaulbackError):
    template = "no tables to back up: {target} has none of {wanted}"
    hint_template = "Name tables: haulback backup run --table public.orders, or set backups.tables."
    exit_code = Exit.USAGE


class NoSuchTable(HaulbackError):
    template = "{target} has no table {identity}"
    hint_template = "Name it with its schema, as in public.orders."
    exit_code = Exit.USAGE


class TableOfTheServer(HaulbackError):
    template = "{identity} is a table of the server itself: its rows come back with the schema"
    hint_template = "Leave it out; a backup of the whole cluster has it: haulback backup run --kind physical."
    exit_code = Exit.USAGE


class RowsHidden(HaulbackError):
    template = "a row-level policy of {identity} would hide rows from the backup"
    hint_template = "Back up as a role with BYPASSRLS, or as the owner of {identity} without FORCE ROW LEVEL SECURITY."
    exit_code = Exit.REFUSED


class MayNotRead(HaulbackError):
    template = "this role may not read {identity}"
    hint_template = "Grant it SELECT, or leave the table out."
    exit_code = Exit.REFUSED


class CopyBroken(HaulbackError):
    template = "the connection was lost while {identity} was copied: {reason}"
    hint_template = "No backup was made of it. Run the same command again."


class BackupGone(HaulbackError):
    template = "the backup {id} was removed while it was tried"
    hint_template = "Nothing is to be done: `haulback backup list` shows those that stay."
    exit_code = Exit.UNVERIFIED


class BackupDamaged(HaulbackError):
    template = "the backup {id} is damaged: {reason}"
    hint_template = "Use another one: haulback backup list says which were proved."
    exit_code = Exit.REFUSED


class ManifestUnreadable(HaulbackError):
    template = "the manifest of {id} cannot be used: {reason}"
    hint_template = "The backup counts for nothing; take another one."
    exit_code = Exit.REFUSED


class KeyMissing(HaulbackError):
    template = "the backup {id} is encrypted, and no key is given"
    hint_template = "Set HAULBACK_BACKUP_KEY, or HAULBACK_BACKUP_KEY_FILE to a file that holds it."
    exit_code = Exit.UNVERIFIED


class WrongKey(HaulbackError):
    template = "the backup {id} is encrypted with the key {wanted}, and the key given is {given}"
    hint_template = "Give the key that it was made with; keys are told apart by the first letters of a hash."
    exit_code = Exit.UNVERIFIED


class NotSealed(HaulbackError):
    template = "the backup {id} is in the clear, and a backup key is set: anybody may have put it into the store"
    hint_template = (
        "Take another one, which the key seals: haulback backup run. If it is yours, from before there was a key, set "
        "backups.accept_clear; if clusters are left in the clear on purpose, backups.cluster_in_clear."
    )
    exit_code = Exit.REFUSED


class OtherTarget(HaulbackError):
    template = "the backup {id} is of the target {found}, and lies among those of {target}"
    hint_template = "Move its folder back; a target of the name {found} can use it: --target {found}."
    exit_code = Exit.REFUSED


class KeyUnusable(HaulbackError):
    template = "the backup key is not 32 bytes in hex or base64"
    hint_template = "Make one with `openssl rand -hex 32`."
    exit_code = Exit.USAGE


class NotInBackup(HaulbackError):
    template = "the backup {id} does not hold {identity}"
    hint_template = "It holds {held}."
    exit_code = Exit.REFUSED


class NoProvedBackup(HaulbackError):
    template = "no backup of {target} from {at} or before that holds {identity} was proved"
    hint_template = "`haulback backup verify` proves one; --from ID takes one that was not."
    exit_code = Exit.REFUSED


class OtherKind(HaulbackError):
    template = "the backup {id} is {kind} and holds no rows by table"
    hint_template = "Bring the whole cluster back with `haulback restore pitr`, or name a backup of tables."
    exit_code = Exit.REFUSED


class TableGone(HaulbackError):
    template = "{target} has no table {identity} any more"
    hint_template = (
        "Rows come back into a table that stands: if a deployment took it away, `haulback rollback` or "
        "`haulback attic restore` brings it back; else recover the cluster aside with `haulback restore pitr`, or run "
        "the migration that makes it."
    )
    exit_code = Exit.REFUSED


class NoKeyToCompareBy(HaulbackError):
    template = "{identity} has no primary key in {where}: its rows cannot be told apart"
    hint_template = (
        "Put its rows into a table of their own with --into NAME, and choose there; or give it a primary key and take "
        "a new backup."
    )
    exit_code = Exit.REFUSED


class KeyChanged(HaulbackError):
    template = "the primary key of {identity} was ({then}) in the backup and is ({now}) now"
    hint_template = "Rows cannot be matched. Recover aside with `haulback restore pitr` and compare by hand."
    exit_code = Exit.REFUSED


class TypesChanged(HaulbackError):
    template = "{identity} cannot be compared: {column} was {then} in the backup and is {now} now"
    hint_template = (
        "The private cluster could not cast the values of the backup, or --only-where was given, which is over its old "
        "types. Recover aside with `haulback restore pitr`."
    )
    exit_code = Exit.UNVERIFIED


class BadExpression(HaulbackError):
    template = "--only-where: {problem}"
    hint_template = "Give one condition over the columns of the backup's rows, such as `amount > 5 and not is_deleted`."
    exit_code = Exit.USAGE


class IntoTaken(HaulbackError):
    template = "there is something of the name {identity} already"
    hint_template = "Choose another name for --into: nothing that stands is written over."
    exit_code = Exit.REFUSED


class IntoNotPossible(HaulbackError):
    template = "the rows cannot be put into {identity}: {reason}"
    hint_template = (
        "Nothing was made. A type that is gone, or a schema that this role may not create in, is the usual cause."
    )
    exit_code = Exit.REFUSED
