"""What can be wrong with migration files, told with file, line and column."""

from __future__ import annotations

from haulback.errors import Exit, HaulbackError


class FolderMissing(HaulbackError):
    template = "no folder {folder}"
    hint_template = "Name the folder with --migrations, or run `haulback init` to make one."
    exit_code = Exit.USAGE


class FileUnreadable(HaulbackError):
    template = "{file}: cannot be read: {reason}"
    hint_template = "Check the file's permissions."


class FolderUnreadable(HaulbackError):
    template = "the folder {folder} cannot be read: {reason}"
    hint_template = "Check the folder's permissions."
    exit_code = Exit.USAGE


class NameNotUtf8(HaulbackError):
    template = "the file name {file} is not UTF-8"
    hint_template = "Rename the file: its name goes into the history of the target."


class NotUtf8(HaulbackError):
    template = "{file}: byte {offset} is not UTF-8"
    hint_template = "Save the file as UTF-8."


class NulByte(HaulbackError):
    template = "{file}:{line}: there is a NUL byte"
    hint_template = "Remove it: PostgreSQL takes no text with NUL bytes."


class SyntaxRefused(HaulbackError):
    template = "{file}:{line}:{column}: {problem}"
    hint_template = "Mend the statement there. Nothing was run."


class PsqlCommand(HaulbackError):
    template = "{file}:{line}:{column}: {command} is a command of psql, not SQL"
    hint_template = "Write what it does as SQL, or move it out of the migration."


class CopyFromStdin(HaulbackError):
    template = "{file}:{line}:{column}: COPY FROM STDIN needs rows that a migration file cannot carry"
    hint_template = "Write the rows as INSERT statements, or load them with seed data."


class TransactionControl(HaulbackError):
    template = "{file}:{line}:{column}: {command} cannot be part of a migration"
    hint_template = "Take it out: a migration commits as a whole, and Haulback takes back what failed."


class DuplicateVersion(HaulbackError):
    template = "version {version} stands twice: {first} and {second}"
    hint_template = "Give one of them a version of its own."
    exit_code = Exit.REFUSED


class DuplicateRollback(HaulbackError):
    template = "version {version} has two rollback scripts: {first} and {second}"
    hint_template = "Keep one of them: which one goes back must not be a guess."
    exit_code = Exit.REFUSED


class EditedMigration(HaulbackError):
    template = "{file} was edited after it was applied"
    hint_template = "Restore the file as it was and put the change into a new migration."
    exit_code = Exit.REFUSED


class OutOfOrder(HaulbackError):
    template = "{file} comes before {applied}, which is already applied"
    hint_template = "Give it a later version, or pass --out-of-order if it is right where it is."
    exit_code = Exit.REFUSED


class PlanUnreadable(HaulbackError):
    template = "{file} is not a plan: {reason}"
    hint_template = "Make one with `haulback plan --out {file}`."
    exit_code = Exit.USAGE


class PlanChanged(HaulbackError):
    template = "the plan no longer holds: {reason}"
    hint_template = "Make a new plan with `haulback plan --out FILE`, and have it approved again."
    exit_code = Exit.REFUSED
