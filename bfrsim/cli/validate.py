"""``bfrsim validate``: the model against what was measured and published."""

from __future__ import annotations

import typer

from bfrsim.cli import validate_acute, validate_trials

app = typer.Typer(no_args_is_help=True, help="Compare the model with what was measured and published.")
app.command(epilog="\n\n".join(validate_acute.EXAMPLES))(validate_acute.acute)
app.command(epilog="\n\n".join(validate_trials.EXAMPLES))(validate_trials.trials)
