"""How CloudWatch decides the state of an alarm, without any AWS: nothing here knows where the values come from.

    condition = Condition(Stat(MetricId("Shop", "errors"), "Sum", period=60), "GreaterThanThreshold", 1.0, periods=3)
    evaluate(condition, "OK", measure, now)

``measure`` is asked for one statistic over one stretch of time and gives a ``Measured``: from the metrics of the
embedded AWS, from a recording, or from CloudWatch itself. Composite alarms have a language of their own:
``rule_language``.
"""

from provisioner.evaluation.condition import Condition, Math
from provisioner.evaluation.queries import Formula, Measure, Measured, MetricId, Query, Stat
from provisioner.evaluation.samples import Samples, is_statistic, percentile_of, statistic
from provisioner.evaluation.states import AlarmState, evaluate

__all__ = [
    "AlarmState",
    "Condition",
    "Formula",
    "Math",
    "Measure",
    "Measured",
    "MetricId",
    "Query",
    "Samples",
    "Stat",
    "evaluate",
    "is_statistic",
    "percentile_of",
    "statistic",
]
