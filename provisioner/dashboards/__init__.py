"""Bodies of CloudWatch dashboards: ``body`` has what AWS refuses or warns about, ``layout`` what nobody would want.

A leaf, for both sides need it: the blueprint checks what it is about to send, and the emulator plays AWS.
"""

from provisioner.dashboards.body import ALARMS_PER_WIDGET, METRICS, WIDGETS, Problem, check, count_metrics
from provisioner.dashboards.layout import misplaced

__all__ = ["ALARMS_PER_WIDGET", "METRICS", "WIDGETS", "Problem", "check", "count_metrics", "misplaced"]
