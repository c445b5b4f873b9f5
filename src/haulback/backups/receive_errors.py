"""What can go wrong with streaming the log into an archive."""

from __future__ import annotations

from haulback.errors import Exit, HaulbackError


class MayNotReceive(HaulbackError):
    template = "{target} lets this role receive no log: {reason}"
    hint_template = "The role needs REPLICATION, and pg_hba.conf a line for the database replication; nothing more."
    exit_code = Exit.REFUSED


class SlotUnbounded(HaulbackError):
    template = "nothing bounds what the slot {slot} would hold back on {target} while nobody receives"
    hint_template = (
        "Let a superuser run: alter system set max_slot_wal_keep_size = '4GB'; select pg_reload_conf();"
        " or pass --unbounded, and watch that disk."
    )
    exit_code = Exit.REFUSED


class SlotTaken(HaulbackError):
    template = "somebody else streams from the slot {slot} of {target}: {who}"
    hint_template = "Two receivers cannot share a slot: end the other one, or name this target otherwise."
    exit_code = Exit.HELD


class ReceiverRuns(HaulbackError):
    template = "the log of {target} is being received already"
    hint_template = "Nothing is to be done: `haulback pitr status` tells how far it is."
    exit_code = Exit.HELD


class ArchiveOfAnother(HaulbackError):
    template = "{archive} holds the log of the cluster {found}, and {target} is {wanted}"
    hint_template = "Set targets.{target}.archive to another folder, or move what is there aside."
    exit_code = Exit.REFUSED


class ArchiveNotWritable(HaulbackError):
    template = "the archive {archive} cannot be written to: {reason}"
    hint_template = "Check that the folder is mounted, that there is room, and who may write there."
