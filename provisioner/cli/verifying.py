"""verify: do the metric filters count what they should? And what does any pattern make of any lines?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.cli.configuration import configuration
from provisioner.cli.options import Common
from provisioner.engine.errors import NoCredentialsError, ProvisionerError
from provisioner.patterns import PatternError
from provisioner.proof import lines, live, verdict
from provisioner.proof.samples import read_lines, split
from provisioner.render.proofs import pattern_rows, report_rows
from provisioner.render.terminal import print_rows

if TYPE_CHECKING:
    from provisioner.cli.session import Session

NOT_PROVED = 2
"""Exit code: some filter is not proved."""


def verify(common: Common, *, ask_aws: bool | None, hours: float, events: int, unconfined: bool, as_json: bool) -> int:
    """Show what is proved of the platform's filters; :data:`NOT_PROVED` where one is not."""
    live.check_hours(hours)
    report = verdict.prove_offline(configuration(common.config, common.environment), confined=not unconfined)
    failure = _ask(common, report, ask_aws, hours, events, quiet=as_json)
    if as_json:
        common.out.json(report.to_json())
    else:
        print_rows(common.out, report_rows(report, verbose=common.verbose))
    if failure:
        raise failure
    return 0 if report.proved else NOT_PROVED


def _ask(
    common: Common, report: verdict.Report, ask_aws: bool | None, hours: float, events: int, *, quiet: bool
) -> ProvisionerError | None:
    """Add what AWS has to ``report``. Returns the error that kept AWS from answering; what was proved before counts."""
    try:
        session = _session(common, ask_aws, report, quiet=quiet)
        if session:
            if not quiet:
                said = f"Asking AWS about the newest {events:,} events of each log group; it tests 250 a second."
                common.err.say(said, style="dim")
            verdict.prove_live(session.aws.world, report, hours=hours, most=events)
    except ProvisionerError as error:
        report.error = common.secrets.hide(str(error))
        return error
    return None


def _session(common: Common, ask_aws: bool | None, report: verdict.Report, *, quiet: bool) -> Session | None:
    """AWS, unless it must not be asked; without credentials a note says that it was not."""
    if ask_aws is False:
        return None
    from provisioner.cli.session import Session

    try:
        return Session(common, quiet=quiet)
    except NoCredentialsError:
        if ask_aws:
            raise
        report.notes.append("AWS was not asked, for there are no credentials: this is the offline proof alone.")
        return None


def evaluate(common: Common, pattern: str, value: str, files: list[Path], *, as_json: bool) -> None:
    """Show what ``pattern`` makes of the lines in ``files``, or on standard input."""
    try:
        reading = lines.read(pattern, value)
    except PatternError as error:
        if as_json:
            problem = {"message": error.message, "position": error.position, "hint": error.hint}
            common.out.json({"schema": 1, "pattern": pattern, "error": problem})
        first, *details = str(error).split("\n")
        raise ProvisionerError(first, details=details) from error
    sources = [(str(path), read_lines(path)) for path in files] or [("-", split(sys.stdin.buffer.read()))]
    evaluated = [item for name, content in sources for item in reading.evaluate(name, content)]
    if as_json:
        common.out.json(reading.to_json(evaluated))
    else:
        print_rows(common.out, pattern_rows(reading, evaluated, several=len(files) > 1))
