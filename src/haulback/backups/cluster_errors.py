"""What can go wrong with backups and recoveries of whole clusters."""

from __future__ import annotations

from haulback.errors import Exit, HaulbackError


class ArchiveUnreachable(HaulbackError):
    template = "the WAL archive {archive} cannot be read: {reason}"
    hint_template = "Check that the folder is there and mounted, and who may read it."


class SegmentStays(HaulbackError):
    template = "the WAL archive {archive} keeps segments that could go: {reason}"
    hint_template = "Check who may write to that folder; backups went as they should, and the next pruning tries again."


class HistoryUnreadable(HaulbackError):
    template = "the timeline history {name} in {archive} cannot be followed"
    hint_template = "Aim at another timeline with --timeline, or put the file back from the server's pg_wal."
    exit_code = Exit.REFUSED


class NoTimeline(HaulbackError):
    template = "nothing in {archive} says where timeline {timeline} came from"
    hint_template = "Aim at another one with --timeline: `haulback pitr status` names those that are there."
    exit_code = Exit.REFUSED


class UnknownEngine(HaulbackError):
    template = "no engine {id} takes {kind} backups"
    hint_template = "Engines for these: {known}."
    exit_code = Exit.USAGE


class NoRoom(HaulbackError):
    template = "there is not enough room in {folder}: {reason}"
    hint_template = "Free space there, or choose another folder; nothing else was touched."
    exit_code = Exit.REFUSED


class NeedsFolder(HaulbackError):
    template = "the backup {id} is a plain data folder, and the store {store} is none"
    hint_template = "Copy it into a folder below the name of the target, and set backups.store to that folder."
    exit_code = Exit.UNVERIFIED


class NoDataFolder(HaulbackError):
    template = "no data folder can be made of the backup {id}: it is not of a cluster, or lies elsewhere"
    hint_template = "Rows come back with `haulback restore table`, what pgBackRest took with `pgbackrest restore`."
    exit_code = Exit.USAGE


class FolderTaken(HaulbackError):
    template = "{folder} is there already"
    hint_template = "Name a folder that is not: nothing is written over."
    exit_code = Exit.REFUSED


class NoBinariesFor(HaulbackError):
    template = "there are no programs of PostgreSQL {major} on this machine"
    hint_template = (
        "Install PostgreSQL {major}, or set HAULBACK_PG_BIN to its bin folder; another version cannot read it."
    )
    exit_code = Exit.UNVERIFIED


class MayNotReplicate(HaulbackError):
    template = "{target} lets this role make no physical backup: {reason}"
    hint_template = "The role needs REPLICATION, and pg_hba.conf a line for the database replication."
    exit_code = Exit.REFUSED


class NoneFree(HaulbackError):
    template = "{target} has nothing free to send a backup with: {reason}"
    hint_template = (
        "A backup takes one of max_wal_senders and one of max_replication_slots: end another, drop a slot that"
        " nobody uses, or raise both, which takes a restart."
    )
    exit_code = Exit.REFUSED


class PagesDamaged(HaulbackError):
    template = "pages of {target} are damaged: {reason}"
    hint_template = "No backup was made. Look at the server's disks; a backup from before is the way back."
    exit_code = Exit.REFUSED


class ServerFailed(HaulbackError):
    template = "the physical backup of {target} was not finished: {reason}"
    hint_template = "Nothing of it counts as a backup. Run the same command again."


class BackupRuns(HaulbackError):
    template = "another physical backup of {target} is being taken"
    hint_template = "Wait for it to end."
    exit_code = Exit.HELD


class NoIncremental(HaulbackError):
    template = "no incremental backup of {target} can be taken: {reason}"
    hint_template = "{way_out}"
    exit_code = Exit.REFUSED


class NoAim(HaulbackError):
    template = "a recovery needs a moment to stop at"
    hint_template = "Give one of --to TIME, --lsn LSN, --xid XID, --name NAME; --to latest is the newest."
    exit_code = Exit.USAGE


class TwoAims(HaulbackError):
    template = "a recovery stops at one moment, and {given} name two"
    hint_template = "Leave one of them out."
    exit_code = Exit.USAGE


class NoMoment(HaulbackError):
    template = "{given} names no moment: {reason}"
    hint_template = "`haulback pitr status` tells which moments can be reached."
    exit_code = Exit.USAGE


class TimeWithoutZone(HaulbackError):
    template = "the time {given} has no zone"
    hint_template = "Add an offset, Z for UTC, or a name: {given}+00:00, {given}Z, '{given} Europe/Berlin'."
    exit_code = Exit.USAGE


class AmbiguousTime(HaulbackError):
    template = "clocks in {zone} showed {given} twice, or never"
    hint_template = "Give the offset instead of the name of the zone, such as +01:00."
    exit_code = Exit.USAGE


class AmbiguousName(HaulbackError):
    template = "several restore points are named {name}: at {places}"
    hint_template = "Aim at one of these positions with --lsn; it stops before what is written there."
    exit_code = Exit.REFUSED


class TooLate(HaulbackError):
    template = "the archive does not reach {aim}: the newest commit in it is of {newest}"
    hint_template = "Aim at that with --to latest, or wait until the server has archived more."
    exit_code = Exit.REFUSED


class TooEarly(HaulbackError):
    template = "no backup goes back to {aim}: {reason}"
    hint_template = "`haulback pitr status` tells which moments can be reached."
    exit_code = Exit.REFUSED


class NotInTheLog(HaulbackError):
    template = "{aim} is not in the log from the backup {backup} up to {end}"
    hint_template = "Check the number or name; `haulback pitr status` tells which moments can be reached."
    exit_code = Exit.REFUSED


class LogBroken(HaulbackError):
    template = "the log has a hole before {aim}: {name}, {reason}"
    hint_template = "Up to {end} it can be replayed: aim before that, or put the segment back from the server's pg_wal."
    exit_code = Exit.REFUSED


class LogDamaged(HaulbackError):
    template = "the log cannot be read up to {aim}: {reason}"
    hint_template = "Up to {end} it can be replayed: aim before that."
    exit_code = Exit.REFUSED


class OtherSystem(HaulbackError):
    template = "the backup {backup} is of the cluster {found}, and {target} is {wanted}"
    hint_template = "Name a backup of this cluster with --from."
    exit_code = Exit.REFUSED


class NoPhysicalBackup(HaulbackError):
    template = "there is no physical backup of {target} that could be recovered from"
    hint_template = "Take one: haulback backup run --kind physical."
    exit_code = Exit.REFUSED


class TablespaceSince(HaulbackError):
    template = "a tablespace was made at {at}, since {backup}: a recovery would write where it lies on the server"
    hint_template = "Aim before that position, or begin with a backup from after it with --from."
    exit_code = Exit.REFUSED


class RecoveryMissed(HaulbackError):
    template = "the recovery did not stop at {aim}: {reason}"
    hint_template = "Nothing was touched but {folder}, where the server's log is."
    exit_code = Exit.UNVERIFIED


class RecoveryBad(HaulbackError):
    template = "what was recovered is damaged: {reason}"
    hint_template = "It stays in {folder} for a look. Recover from another backup with --from."
    exit_code = Exit.REFUSED


class NoArchive(HaulbackError):
    template = "nothing says where the WAL of {target} is archived"
    hint_template = "Set targets.{target}.archive to the folder, then run `haulback pitr setup`."
    exit_code = Exit.USAGE


class NoSuchRecovery(HaulbackError):
    template = "there is no recovery {id} in {folder}"
    hint_template = "`haulback pitr list` lists them."
    exit_code = Exit.USAGE


class SeveralRecoveries(HaulbackError):
    template = "the ids of {count} recoveries in {folder} begin with {id}"
    hint_template = "Give more of the id; `haulback pitr list` lists them."
    exit_code = Exit.USAGE


class NotThatPhase(HaulbackError):
    template = "the recovery {id} is {phase}, and only one that is {wanted} can be {done}"
    hint_template = "`haulback pitr list` tells how far each came."
    exit_code = Exit.REFUSED


class SwapNotPossible(HaulbackError):
    template = "{target} cannot be swapped: {reason}"
    hint_template = "{way_out}"
    exit_code = Exit.REFUSED


class SwapNotProved(HaulbackError):
    template = (
        "the swapped server runs, and no segment of its timeline {timeline} came into {archive} in {seconds:.0f} s"
    )
    hint_template = "Look at its log for archive_command; `haulback pitr setup` proves the archive again."
    exit_code = Exit.UNVERIFIED


class RecoveryRuns(HaulbackError):
    template = "another recovery of {target} runs"
    hint_template = "Wait for it to end."
    exit_code = Exit.HELD


class MayNotSetUp(HaulbackError):
    template = "the archive of {target} can be set up by a superuser only"
    hint_template = "Let one run: {statements}; restart the server, then run this again."
    exit_code = Exit.REFUSED


class OtherArchiveCommand(HaulbackError):
    template = "{target} is archived by another command already: {command}"
    hint_template = "Pass --replace to have Haulback archive instead; the other one gets nothing from then on."
    exit_code = Exit.REFUSED


class RestartNeeded(HaulbackError):
    template = "{settings} of {target} count only after a restart; until then nothing is archived"
    hint_template = "Restart the server, then run `haulback pitr setup` again: it proves a segment in the archive."
    exit_code = Exit.UNVERIFIED


class ArchiveNotProved(HaulbackError):
    template = "no segment came into {archive} in {seconds:.0f} s: {reason}"
    hint_template = "The server's log says why archive_command fails; its OS user must be able to write that folder."
    exit_code = Exit.UNVERIFIED


class SummariesMissing(HaulbackError):
    template = "no incremental backup of {target} can be taken: {reason}"
    hint_template = "Take a physical one: the server has summarised its log only since summarize_wal is on."
    exit_code = Exit.REFUSED


class PgBackRestMissing(HaulbackError):
    template = "pgBackRest is not installed"
    hint_template = "Install it (apt-get install pgbackrest), or take a physical backup without --engine."
    exit_code = Exit.USAGE


class PgBackRestFailed(HaulbackError):
    template = "pgbackrest {does} failed: {reason}"
    hint_template = "Its stanza and configuration come from PGBACKREST_STANZA, PGBACKREST_CONFIG, or its own file."


class SeveralTimelines(HaulbackError):
    template = "the archive holds the log of timelines {names}, and the server cannot say which it wrote last"
    hint_template = "Name one with --timeline: the highest that a swap made, never one that only a clone wrote."
    exit_code = Exit.REFUSED


class RecoveryDown(HaulbackError):
    template = "{id} cannot be asked: no server answers there"
    hint_template = "Run the same `haulback restore pitr` again with --keep-running; `haulback pitr list` has the ids."


class NothingToCompare(HaulbackError):
    template = "{count} recovered servers of {target} run, and nothing says which one is meant"
    hint_template = "Pass the id (`haulback pitr list`), --against, or first: haulback restore pitr … --keep-running."
    exit_code = Exit.USAGE
