"""What can be wrong with settings."""

from __future__ import annotations

from haulback.errors import Exit, HaulbackError


class ConfigurationUnreadable(HaulbackError):
    template = "{file}: {reason}"
    hint_template = "Mend the file; docs/configuration.md lists every setting."
    exit_code = Exit.USAGE


class UnknownSetting(HaulbackError):
    template = "{file}: there is no setting {setting}"
    hint_template = "{suggestion}"
    exit_code = Exit.USAGE


class WrongSetting(HaulbackError):
    template = "{file}: {setting} must be {wanted}"
    hint_template = "Mend the value; docs/configuration.md lists every setting."
    exit_code = Exit.USAGE


class SecretInFile(HaulbackError):
    template = "{file}: {setting} holds a password"
    hint_template = (
        "Take it out of the file, and give it in the environment ({variable}), in a file named by "
        "password_file, or in .pgpass."
    )
    exit_code = Exit.USAGE


class UnknownTarget(HaulbackError):
    template = "there is no target {name}"
    hint_template = "Known targets: {known}."
    exit_code = Exit.USAGE


class SecretFileUnreadable(HaulbackError):
    template = "{variable} names {file}, which cannot be read: {reason}"
    hint_template = "Check the path and its permissions."
    exit_code = Exit.USAGE
