"""haulback completion."""

from __future__ import annotations

import sys

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")
_EXAMPLES = """\b
Examples:
  haulback completion bash > ~/.local/share/bash-completion/completions/haulback
  haulback completion zsh > ~/.zfunc/_haulback
  haulback completion fish > ~/.config/fish/completions/haulback.fish
"""


@click.command(epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in SHELL."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click brings all three
    made = kind(context.find_root().command, {}, "haulback", "_HAULBACK_COMPLETE")
    # Not made.source(): for bash that runs the shell to look at its version, and the script is the same.
    sys.stdout.write(made.source_template % made.source_vars() + "\n")
