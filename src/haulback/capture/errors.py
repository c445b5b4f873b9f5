"""Why a deployment could not be taken back whole."""

from __future__ import annotations

from haulback.errors import Exit, HaulbackError


class CannotKeep(HaulbackError):
    template = "taking it back would lose {what}"
    hint_template = "Nothing was changed. Copy those values by hand, drop them, then run the same command again."
    exit_code = Exit.ROLLBACK_INCOMPLETE


class ScriptDestroys(HaulbackError):
    template = "the rollback scripts drop what was there before the deployment and is in no capture: {what}"
    hint_template = "Nothing was changed. Take those statements out of the rollback script."
    exit_code = Exit.ROLLBACK_INCOMPLETE


class InverseFailed(HaulbackError):
    template = "{key} cannot be put back: {problem} ({sqlstate})"
    hint_template = "Nothing of this step was changed. {advice}"
    exit_code = Exit.ROLLBACK_INCOMPLETE


class RowsHeldUp(HaulbackError):
    template = "rows that nobody wrote since cannot come back: {what}"
    hint_template = (
        "The schema and all other rows are back; these are in the attic. Mend what stands in their way and run the "
        "same command again, or give them up with `haulback attic purge {ids}`, or let them stay there: "
        'deploy.held_up = "attic".'
    )
    exit_code = Exit.ROLLBACK_INCOMPLETE


class NotAsBefore(HaulbackError):
    template = "the schema is not what it was before the deployment: {differences}"
    hint_template = (
        "The captured values are back, and the constraints over them are not on yet. Mend what is named, "
        "then run the same command again."
    )
    exit_code = Exit.ROLLBACK_INCOMPLETE
