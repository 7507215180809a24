"""Runs a handler as Lambda does: the real runtime client (``awslambdaric``), with everything around it on loopback.

::

    outcome = run(folder, [{"payment_id": "p-1"}], log_format="JSON")
    outcome.lines                # the log events, as CloudWatch Logs stores them, and of which request each is
    outcome.answers["request-0"]

``api`` is the Lambda Runtime API that hands out events, ``server`` its HTTP, ``pipe`` where the function writes its log
and what it prints, ``daemon`` an X-Ray daemon that keeps what it is sent, ``client`` a whole run. ``platform_lines`` is
what Lambda writes into the log besides.

The handler is somebody's code. ``cell`` starts it where it reaches nothing of this machine but what ``view`` shows and
the one port that ``relay`` passes on, and ends it; ``confinement`` is the process that does so from within.
"""

from provisioner.runtime.cell import stop
from provisioner.runtime.client import FunctionRun, LogFormat, run, version
from provisioner.runtime.pipe import Line

__all__ = ["FunctionRun", "Line", "LogFormat", "run", "stop", "version"]
