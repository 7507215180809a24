"""PutMetricAlarm and everything it refuses (CloudWatch API reference). moto accepts any combination."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from provisioner.emulator.cloudwatch.action_arns import check_actions
from provisioner.emulator.cloudwatch.conditions import TREATMENTS, condition_of
from provisioner.emulator.cloudwatch.model import KeptAlarms, MetricAlarmFacts, invalid
from provisioner.emulator.core.call import Answer, Api, ApiCall

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
_SINGLE = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_HUNDRED = r"(100(\.0{1,10})?|\d{1,2}(\.\d{1,10})?)"
_PERCENTILE = re.compile(rf"p{_HUNDRED}")
# "CloudWatch statistics definitions": short forms end at 100, ranges are percentages or bare values.
_EXTENDED = re.compile(rf"(p|tm|tc|ts|wm){_HUNDRED}|IQM|(PR|TM|TC|TS|WM)\((-?[\d.]+%?)?:(-?[\d.]+%?)?\)", re.IGNORECASE)
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_DAY, _WEEK, _HOUR = 86_400, 604_800, 3_600


@api.operation("PutMetricAlarm")
def put_metric_alarm(call: ApiCall[aws.PutMetricAlarmInputTypeDef]) -> Answer:
    params = call.params
    kinds = [member for member in ("MetricName", "Metrics", "EvaluationCriteria") if member in params]
    if len(kinds) != 1:
        raise invalid("Exactly one of MetricName, Metrics and EvaluationCriteria must be specified.")
    check_actions(params, call.region)
    if kinds != ["EvaluationCriteria"]:
        _check_evaluation(params)
    if kinds == ["MetricName"]:
        _check_single(params)
    elif kinds == ["Metrics"]:
        _check_math(params)
    alarms, config, now = call.store(KeptAlarms), _kept(params), call.world.now()
    wanted = MetricAlarmFacts(
        name=params["AlarmName"],
        arn=alarms.arn(params["AlarmName"]),
        config=config,
        configured=now,
        state_updated=now,
        condition=condition_of(config),
    )
    alarms.put(wanted, params.get("Tags"))
    return {}


def _kept(params: aws.PutMetricAlarmInputTypeDef) -> aws.PutMetricAlarmInputTypeDef:
    """What AWS keeps: absent and empty are the same. Only an alarm on one metric shows its Dimensions when empty."""
    kept = {name: value for name, value in params.items() if name != "Tags" and value not in ([], "")}
    return cast("aws.PutMetricAlarmInputTypeDef", kept)


def _check_single(params: aws.PutMetricAlarmInputTypeDef) -> None:
    if "Namespace" not in params:
        raise invalid("The parameter Namespace is required when MetricName is specified.")
    if ("Statistic" in params) == ("ExtendedStatistic" in params):
        raise invalid("Exactly one of Statistic and ExtendedStatistic must be specified.")
    extended = params.get("ExtendedStatistic")
    if extended is not None and not _EXTENDED.fullmatch(extended):
        raise invalid(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    if "Period" not in params:
        raise invalid("The parameter Period is required when MetricName is specified.")
    _check_period(params["Period"], params["EvaluationPeriods"])
    names = [item["Name"] for item in params.get("Dimensions", ())]
    if len(set(names)) != len(names):
        raise invalid("The parameter Dimensions contains duplicate names.")
    if "EvaluateLowSampleCountPercentile" in params and not _PERCENTILE.fullmatch(extended or ""):
        raise invalid("EvaluateLowSampleCountPercentile is only supported for alarms based on percentiles.")


def _check_period(period: int, evaluations: int, *, seconds: bool = False) -> None:
    if period not in ((1, 5, 10, 20, 30) if seconds else (10, 20, 30)) and period % 60:
        raise invalid("Period must be 10, 20, 30, or a multiple of 60.")
    if period * evaluations > (_DAY if period < _HOUR else _WEEK):
        raise invalid("Metrics cannot be checked across more than a day (a week, for periods of an hour or more).")


def _check_math(params: aws.PutMetricAlarmInputTypeDef) -> None:
    filled = {member for member, value in params.items() if value}
    if given := [member for member in _SINGLE if member in filled]:
        raise invalid(f"Metrics and {given[0]} are mutually exclusive.")
    queries = params["Metrics"]
    names = [query["Id"] for query in queries]
    if bad := [name for name in names if not _ID.fullmatch(name)]:
        raise invalid(f"Invalid metrics list: the id {bad[0]} must begin with a lower case letter.")
    if len(set(names)) != len(names):
        raise invalid("Invalid metrics list: duplicate ids.")
    for query in queries:
        _check_query(query, params["EvaluationPeriods"])
    band = params.get("ThresholdMetricId")
    returning = sum(query.get("ReturnData", True) for query in queries)
    if returning != (2 if band else 1):
        word = "two elements" if band else "one element"
        raise invalid(f"Exactly {word} of the metrics list should return data.")
    if band is not None and names.count(band) != 1:
        raise invalid("Metrics list must contain exactly one metric matching the ThresholdMetricId parameter")


def _check_query(query: aws.MetricDataQueryUnionTypeDef, evaluations: int) -> None:
    if ("Expression" in query) == ("MetricStat" in query):
        raise invalid(f"Exactly one of Expression and MetricStat must be specified for {query['Id']}.")
    if "MetricStat" not in query:
        if "Period" in query:
            _check_period(query["Period"], evaluations, seconds=True)
        return
    stat = query["MetricStat"]
    if stat["Stat"] not in _STATISTICS and not _EXTENDED.fullmatch(stat["Stat"]):
        raise invalid(f"The value {stat['Stat']} for parameter Stat is not supported.")
    if not {"MetricName", "Namespace"} <= set(stat["Metric"]):
        raise invalid(f"MetricName and Namespace are required in the MetricStat of {query['Id']}.")
    _check_period(stat["Period"], evaluations, seconds=True)


def _check_evaluation(params: aws.PutMetricAlarmInputTypeDef) -> None:
    if "EvaluationPeriods" not in params or "ComparisonOperator" not in params:
        raise invalid("EvaluationPeriods and ComparisonOperator are required.")
    if params.get("DatapointsToAlarm", 1) > params["EvaluationPeriods"]:
        raise invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    band = "ThresholdMetricId" in params
    if band == ("Threshold" in params):
        raise invalid("Exactly one of Threshold and ThresholdMetricId must be specified.")
    if band != (params["ComparisonOperator"] in _BANDS):
        raise invalid(f"ComparisonOperator {params['ComparisonOperator']} does not fit the threshold.")
    if params.get("TreatMissingData", "missing") not in TREATMENTS:
        raise invalid(f"The value {params['TreatMissingData']} for parameter TreatMissingData is not supported.")
    if params.get("EvaluateLowSampleCountPercentile", "ignore") not in ("evaluate", "ignore"):
        raise invalid("Option for EvaluateLowSampleCountPercentile must be evaluate or ignore.")
    if "EvaluationInterval" in params:
        raise invalid("EvaluationInterval can only be specified with EvaluationCriteria.")
