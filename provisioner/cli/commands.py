"""Everything that can be typed: each command, its options and its help.

What a command does is in a module of its own, imported when the command is called: a run that only shows help, or
checks a file, does not wait for the AWS SDK to load. A command returns its exit code where that says something.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provisioner import __version__
from provisioner.cli.options import Common, common
from provisioner.engine.errors import UsageError

app = typer.Typer(
    name="provisioner",
    help="An observability platform on AWS that builds itself, proves itself and stays true.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
records = typer.Typer(help="Look at, and mend, what is on record.", no_args_is_help=True)
exports = typer.Typer(help="Write what is ours, as AWS has it, for another tool to import.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Machine-readable, on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")]
Adopt = Annotated[
    list[str] | None,
    typer.Option("--adopt", metavar="[ADDRESS]", help="Take over what has our names and is not ours: all, or these."),
]
Resubscribe = Annotated[
    bool, typer.Option("--resubscribe", help="Ask again for subscriptions that expired unconfirmed.")
]
AllowDataLoss = Annotated[
    list[str] | None,
    typer.Option("--allow-data-loss", metavar="[ADDRESS]", help="Destroy data that the plan names: all, or of these."),
]
AllowRemovals = Annotated[bool, typer.Option("--allow-removals", help="Remove more than 30 % of what is ours at once.")]
LockTimeout = Annotated[
    float, typer.Option("--lock-timeout", metavar="SECONDS", min=0, help="How long to wait for another run to end.")
]
Addresses = Annotated[
    list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="As in plan and state list: kind.name")
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder that is new, or empty.")]
Which = Annotated[str, typer.Argument(metavar="ADDRESS", help="As in state list: kind.name")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"provisioner {__version__}")
        raise typer.Exit


@app.callback()
def _group(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show name and version.")
    ] = False,
) -> None:
    pass


@app.command(rich_help_panel="Converge")
@common
def plan(
    common: Common,
    out: Annotated[Path | None, typer.Option("--out", help="Keep the plan in a file, for apply FILE.")] = None,
    as_json: Json = False,
    everything: Annotated[bool, typer.Option("--all", help="With --json: the unchanged resources, too.")] = False,
    detailed_exitcode: Annotated[bool, typer.Option(help="Exit with 2 when there are differences.")] = False,
    adopt: Adopt = None,
    allow_data_loss: AllowDataLoss = None,
    allow_removals: AllowRemovals = False,
    resubscribe: Resubscribe = False,
) -> int:
    """Show the exact difference between the configuration and live AWS. Nothing is touched."""
    from provisioner.cli import consents, planning

    options = consents.options(adopt, allow_data_loss, removals=allow_removals, resubscribe=resubscribe)
    code = planning.plan(common, options, out=out, as_json=as_json, everything=everything)
    return 0 if code == planning.PENDING and not detailed_exitcode else code


@app.command(rich_help_panel="Converge")
@common
def apply(
    common: Common,
    saved: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A plan kept by plan --out.")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    adopt: Adopt = None,
    allow_data_loss: AllowDataLoss = None,
    allow_removals: AllowRemovals = False,
    resubscribe: Resubscribe = False,
    lock_timeout: LockTimeout = 0.0,
) -> None:
    """Make AWS what the configuration says: show the plan, ask, converge, read back."""
    from provisioner.cli import applying, consents

    options = consents.options(adopt, allow_data_loss, removals=allow_removals, resubscribe=resubscribe)
    applying.apply(common, options, applying.Manner(yes, dry_run, lock_timeout), saved=saved)


@app.command(rich_help_panel="Converge")
@app.command("destroy", hidden=True)
@common
def teardown(
    common: Common,
    yes: Yes = False,
    dry_run: DryRun = False,
    retain_logs: Annotated[bool, typer.Option("--retain-logs", help="Keep log groups, and their key.")] = False,
    delete_adopted: Annotated[
        bool, typer.Option("--delete-adopted", help="Remove what was adopted, too, instead of letting go of it.")
    ] = False,
    allow_data_loss: AllowDataLoss = None,
    lock_timeout: LockTimeout = 0.0,
) -> None:
    """Remove everything that is ours, with or without a state file; the KMS key is scheduled for deletion."""
    from provisioner.cli import applying, consents

    options = consents.for_teardown(allow_data_loss, retain_logs=retain_logs, delete_adopted=delete_adopted)
    applying.teardown(common, options, applying.Manner(yes, dry_run, lock_timeout))


@app.command(rich_help_panel="Converge")
@common
def release(
    common: Common,
    addresses: Addresses = None,
    everything: Annotated[bool, typer.Option("--all", help="Let go of all that is ours.")] = False,
    hand_over: Annotated[
        bool, typer.Option("--hand-over", help="For another tool that has them now: what we added stays, too.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    lock_timeout: LockTimeout = 0.0,
) -> None:
    """Let go of resources: they stay in AWS, without our tags and without what we added to them."""
    from provisioner.cli import applying, consents

    chosen = consents.chosen(addresses or [], everything=everything)
    applying.release(common, chosen, applying.Manner(yes, dry_run, lock_timeout), hand_over=hand_over)


@app.command(rich_help_panel="Look")
@common
def drift(
    common: Common,
    as_json: Json = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Ask AWS also for what no plan looks at: it is told, and is no drift.")
    ] = False,
) -> int:
    """Show what differs from what was last applied, whatever the configuration says. Exits with 2 if anything does."""
    from provisioner.cli import planning

    return planning.drift(common, as_json=as_json, deep=deep)


@app.command(rich_help_panel="Look")
@common
def status(common: Common, as_json: Json = False) -> None:
    """Alarms and their states, receivers that have not confirmed, messages that were not delivered, missing links."""
    from provisioner.cli import inspecting

    inspecting.status(common, as_json=as_json)


@app.command(rich_help_panel="Look")
@common
def outputs(common: Common, as_json: Json = False) -> None:
    """What others need: the key, the topic, the queues, the cluster, the functions, the dashboard."""
    from provisioner.cli import inspecting

    inspecting.outputs(common, as_json=as_json)


@app.command(rich_help_panel="Look")
@common
def validate(
    common: Common,
    as_json: Json = False,
    live: Annotated[bool, typer.Option("--live", help="Ask AWS as well what is broken in --env. Read-only.")] = False,
) -> int:
    """Check the configuration: every declared environment, every finding at once. AWS is asked only with --live."""
    from provisioner.cli import validating

    return validating.validate(common, as_json=as_json, live=live)


@app.command(rich_help_panel="Look")
@common
def verify(
    common: Common,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="With --pattern: log lines; else standard input.")
    ] = None,
    pattern: Annotated[str | None, typer.Option(help="Evaluate this filter pattern over lines instead.")] = None,
    value: Annotated[
        str | None, typer.Option(help="With --pattern: the metric value, a number or $.field; by default 1.")
    ] = None,
    ask_aws: Annotated[
        bool | None,
        typer.Option("--live/--offline", help="Also on AWS's newest events; by default if there are credentials."),
    ] = None,
    hours: Annotated[float, typer.Option(help="How far back live events may lie.")] = 24,
    events: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the newest of each log group.")] = 1000,
    unconfined: Annotated[bool, typer.Option("--unconfined", help="Let handlers see your files and network.")] = False,
    as_json: Json = False,
) -> int:
    """Prove every metric filter: on kept samples, on what the functions really write, on AWS's newest events.

    Read-only. Exits with 0 when all are proved, with 2 when one is not.
    """
    if pattern is None and (files or value):
        raise UsageError(
            f"{'FILE' if files else '--value'} goes with --pattern",
            remedy="Lines to prove the platform's filters by are in samples/.",
        )
    if pattern is not None and ask_aws is not None:
        raise UsageError("--live and --offline are about the platform's filters, not about --pattern")
    from provisioner.cli import verifying

    if pattern is None:
        return verifying.verify(
            common, ask_aws=ask_aws, hours=hours, events=events, unconfined=unconfined, as_json=as_json
        )
    verifying.evaluate(common, pattern, value or "1", files or [], as_json=as_json)
    return 0


@exports.command("terraform")
@common
def export_terraform(common: Common, out: Out) -> None:
    """Import blocks and resource blocks for Terraform's AWS provider. Nothing is touched."""
    from provisioner.cli import exporting

    exporting.terraform(common, out)


@exports.command("cloudformation")
@common
def export_cloudformation(common: Common, out: Out) -> None:
    """A template that retains everything, and the list of resources to import. Nothing is touched."""
    from provisioner.cli import exporting

    exporting.cloudformation(common, out)


@app.command(rich_help_panel="Try")
@common
def emulator(
    common: Common,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 5555,
    account: Annotated[str, typer.Option(help="The account it plays.")] = "123456789012",
) -> None:
    """Serve an AWS on 127.0.0.1 that forgets everything when it ends, and print how to use it."""
    from provisioner.cli import emulating

    emulating.emulator(common, port=port, account=account)


@records.command("list")
@common
def list_records(common: Common, as_json: Json = False) -> None:
    """Every address on record."""
    from provisioner.cli import state

    state.list_(common, as_json=as_json)


@records.command("show")
@common
def show_record(common: Common, address: Which) -> None:
    """One record, as JSON."""
    from provisioner.cli import state

    state.show(common, address)


@records.command("forget")
@common
def forget_record(common: Common, address: Which, lock_timeout: LockTimeout = 0.0) -> None:
    """Drop one record. AWS is not touched: what bears our tags is found again by the next plan."""
    from provisioner.cli import state

    state.forget(common, address, patience=lock_timeout)


@records.command("unlock")
@common
def unlock(common: Common) -> None:
    """Take the lock away from a run that is certainly dead, and say whose it was."""
    from provisioner.cli import state

    state.unlock(common)


app.add_typer(records, name="state", rich_help_panel="Look")
app.add_typer(exports, name="export", rich_help_panel="Look")
