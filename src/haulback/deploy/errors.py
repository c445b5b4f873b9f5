"""How a deployment can end other than well."""

from __future__ import annotations

from haulback.errors import Exit, HaulbackError


class DeploymentFailed(HaulbackError):
    template = "deployment {number} failed and was rolled back: {problem}"
    hint_template = "{advice}"
    exit_code = Exit.ROLLED_BACK


class RollbackIncomplete(HaulbackError):
    template = "deployment {number} could not be taken back completely: {problem}"
    hint_template = "{advice} Then run `haulback rollback {number}` again; `haulback attic list` says what is kept."
    exit_code = Exit.ROLLBACK_INCOMPLETE


class ValidationFailed(HaulbackError):
    template = "the target is not what the rehearsal led to: {problems}"
    hint_template = "Something changed beside the migration; `haulback plan` shows the target as it is now."
    exit_code = Exit.ROLLED_BACK


class VerificationFailed(HaulbackError):
    template = "verification failed: {problems}"
    hint_template = "Mend the migration: the probe says who reached what is not theirs, or could not do what they may."
    exit_code = Exit.ROLLED_BACK


class NothingToGoBackTo(HaulbackError):
    template = "deployment {number} kept no image of the schema before it; these were deployed: {migrations}"
    hint_template = (
        "It was deployed with --skip capture and --skip rehearsal. Take those back by hand, delete their lines from "
        "schema_migrations, then run the same command again."
    )
    exit_code = Exit.ROLLBACK_INCOMPLETE


class KeptNothing(HaulbackError):
    template = "deployment {number} kept no image of the schema before it, so it cannot be taken back"
    hint_template = "It was deployed with --skip capture and --skip rehearsal. Write a migration that undoes it."
    exit_code = Exit.REFUSED


class MigrationUncaptured(HaulbackError):
    template = "{migration} destroys what no capture holds: {what}"
    hint_template = "Put what destroys into a file of its own that runs in one transaction."
    exit_code = Exit.ROLLED_BACK


class AtticTouched(HaulbackError):
    template = "{migration} takes away what earlier deployments kept in the attic: {what}"
    hint_template = "Leave the schema haulback_attic alone; `haulback attic purge` clears it out."
    exit_code = Exit.ROLLED_BACK


class Interrupted(HaulbackError):
    template = "interrupted; deployment {number} stands as the journal says, nothing is half done"
    hint_template = "Run the same command again to go on, or `haulback rollback {number}` to go back."
    exit_code = Exit.INTERRUPTED


class NothingToRollBack(HaulbackError):
    template = "there is no deployment to roll back on {target}"
    hint_template = "`haulback status` lists the deployments."
    exit_code = Exit.REFUSED


class NotTheNewest(HaulbackError):
    template = "deployment {number} is not the newest that stands: {newest} came after it"
    hint_template = "Roll back {newest} first; deployments are taken back in reverse order."
    exit_code = Exit.REFUSED


class BelowSealed(HaulbackError):
    template = "deployment {number} stands below deployment {sealed}, which is sealed"
    hint_template = (
        "Deployments are taken back in reverse order, and {sealed} was made final. "
        "Write a migration that undoes {number}."
    )
    exit_code = Exit.REFUSED


class CannotRollBack(HaulbackError):
    template = "deployment {number} is {state}"
    hint_template = "Only a deployment that runs, is deployed or came back incompletely can be rolled back."
    exit_code = Exit.REFUSED
