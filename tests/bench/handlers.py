"""What the import of a handler adds to a cold start."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from tests.bench.commands import ROOT


def import_times(runs: int) -> dict[str, float]:
    """Milliseconds by handler, the median of ``runs`` processes; the interpreter's own start is left out."""
    found = {}
    for handler in ("payment_handler", "order_processor"):
        times = [_import(f"lambdas.{handler}.index") for _ in range(runs)]
        found[handler] = round(statistics.median(times), 1)
        print(
            f"importing {handler} adds {found[handler]:.0f} ms to an empty handler "
            f"(median of {runs}, {min(times):.0f} to {max(times):.0f})",
            flush=True,
        )
    return found


def _import(module: str) -> float:
    timed = f"import time; t = time.perf_counter(); import {module}; print((time.perf_counter() - t) * 1000)"
    in_lambda = {**os.environ, "LAMBDA_TASK_ROOT": "."}
    command = [sys.executable, "-c", timed]
    return float(subprocess.run(command, env=in_lambda, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
