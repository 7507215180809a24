"""Types of fields: what AWS would refuse is refused here, with the words that a person needs to mend it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainValidator

from provisioner.aws import regions
from provisioner.blueprint.file.references import Reference, text_or_reference
from provisioner.blueprint.file.rule import parse_rule
from provisioner.engine.model import Hidden

_SHOWN = 80
_LAYER = r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]+:\d+"


def show(value: object) -> str:
    """``value`` as a person wrote it, cut where it is long."""
    try:
        text = str(value).lower() if isinstance(value, bool) else repr(value)
    except ValueError:  # Python writes no number of more than some thousand digits
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def between(low: float, high: float) -> AfterValidator:
    def check(value: float) -> float:
        if not low <= value <= high:
            raise ValueError(f"{value} is not allowed; {low} to {high}")
        return value

    return AfterValidator(check)


def one_of(*allowed: int | str) -> AfterValidator:
    def check(value: int | str) -> int | str:
        if value not in allowed:
            raise ValueError(f"{show(value)} is not allowed; one of {', '.join(map(str, allowed))}")
        return value

    return AfterValidator(check)


def like(pattern: str, expectation: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{show(value)} is not allowed; {expectation}")
        return value

    return AfterValidator(check)


def _each_once(values: list[str]) -> list[str]:
    if doubled := sorted(value for value, count in Counter(values).items() if count > 1):
        raise ValueError(f"{show(doubled[0])} is listed more than once")
    return values


def _template(value: str) -> str:
    if "{env}" not in value:
        raise ValueError(f"{show(value)} lacks {{env}}: two environments would fight over one name")
    return _filled_in(value)


def _filled_in(value: str) -> str:
    if other := re.search(r"[{}]", value.replace("{env}", "")):
        raise ValueError(f"{show(value)} has a stray {other.group()}; {{env}} is the only placeholder")
    return value


def _period(seconds: int) -> int:
    if seconds not in (10, 20, 30) and (seconds < 60 or seconds % 60):
        raise ValueError(f"{seconds} is not allowed; 10, 20, 30 or a multiple of 60")
    return seconds


def _insights_layer(value: object) -> bool | str:
    if isinstance(value, bool) or (isinstance(value, str) and re.fullmatch(_LAYER, value)):
        return value
    raise ValueError(f"{show(value)} is not allowed; true, false, or a layer's ARN with its version")


def _accepted_by(parse: Callable[[str], object]) -> AfterValidator:
    def check(value: str) -> str:
        parse(value)
        return value

    return AfterValidator(check)


_RETENTION = (
    0,
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""Days that PutRetentionPolicy takes (CloudWatch Logs API reference), and 0 for ever."""

TextOrReference = Annotated[str | Reference, PlainValidator(text_or_reference)]
"""What may be a secret: a text, or where it is."""
EACH_ONCE = AfterValidator(_each_once)
Template = Annotated[str, AfterValidator(_template)]
"""A name with ``{env}`` in it."""
FilledIn = AfterValidator(_filled_in)
"""Text in which ``{env}`` may stand."""
Key = Annotated[str, like(r"[A-Za-z0-9][A-Za-z0-9_-]*", "letters, digits, - and _, beginning with a letter or a digit")]
RetentionDays = Annotated[int, one_of(*_RETENTION)]
PeriodSeconds = Annotated[int, AfterValidator(_period)]
EvaluationPeriods = Annotated[int, between(1, 8640)]
"""At most a day's worth of the shortest period; the exact limit depends on the period and is checked with it."""
Threshold = Annotated[float, between(0, 1e15)]
Percent = Annotated[float, between(0, 100)]
MetricName = Annotated[str, like(r".{1,255}", "1 to 255 characters"), FilledIn]
MetricNamespace = Annotated[str, like(r"[^:].{0,254}", "1 to 255 characters, not beginning with a colon"), FilledIn]
Dimensions = dict[
    Annotated[str, like(r"[^:].{0,254}", "1 to 255 characters, not beginning with a colon")],
    Annotated[str, like(r".{1,1024}", "1 to 1024 characters"), FilledIn],
]
Statistic = Annotated[
    str,
    like(
        r"SampleCount|Average|Sum|Minimum|Maximum|IQM|(p|tm|tc|ts|wm)(\d{1,2}(\.\d{1,10})?|100)",
        "Sum, Average, Minimum, Maximum, SampleCount, IQM, or p, tm, tc, ts or wm with a number, for example p99",
    ),
]
"""What PutMetricAlarm takes as Statistic or ExtendedStatistic, but for ranges such as TM(10%:90%)."""
LogFormat = Annotated[str, one_of("json", "text")]
RuleText = Annotated[str, _accepted_by(parse_rule)]
TagTable = dict[str, str]
TagPrefix = Annotated[str, like(r"[\w .:/=+@-]{1,128}", "1 to 128 letters, digits, spaces and _ . : / = + - @")]

AccountId = Annotated[str, like(r"\d{12}", "the 12 digits of an AWS account")]
Region = Annotated[str, like(regions.NAME, "a Region's code, for example us-east-1")]
Regions = Annotated[list[Region], EACH_ONCE]
KeyId = Annotated[
    str,
    like(
        r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?((key/)?[0-9a-zA-Z-]{1,64}|alias/[a-zA-Z0-9/_-]{1,250})",
        "the id, alias (alias/...) or ARN of a KMS key",
    ),
]
PolicyArn = Annotated[str, like(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/.{1,512}", "the ARN of a managed policy")]
LayerArn = Annotated[str, like(_LAYER, "a layer's ARN with its version")]
InsightsLayer = Annotated[bool | str, PlainValidator(_insights_layer)]
"""``True`` for the Region's published layer, ``False`` for none, or an ARN."""
LogField = Annotated[str, like(r"(?!level$)[A-Za-z][A-Za-z0-9_]*", "a word other than level")]
LogFields = Annotated[list[LogField], EACH_ONCE]
Handler = Annotated[str, like(r"(?=.{1,128}$)[A-Za-z_]\w*\.[A-Za-z_]\w*", "module.function, for example index.handler")]
FilePath = Annotated[str, like(r"[^\0]{1,1000}", "a path of at most 1000 characters")]
CapacityProvider = Annotated[str, like(r"(?!aws|ecs|fargate)[A-Za-z0-9_-]{1,255}", "the name of a capacity provider")]

_ENDPOINTS = {
    "email": (r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "an address, for example team@example.com"),
    "email-json": (r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "an address, for example team@example.com"),
    "sqs": (
        r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}",
        "the ARN of a standard queue: a standard topic cannot deliver to a FIFO queue",
    ),
    "lambda": (
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?",
        "the ARN of a function",
    ),
}


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # a bracket of IPv6 that is not closed
        return None


def endpoint_problem(protocol: str, endpoint: str) -> str:
    """Why SNS would refuse ``endpoint`` for ``protocol``, or ``""``."""
    if protocol == "https":
        # The address of a web hook may be its secret, so it is not repeated.
        valid = re.fullmatch(r"https://[^\s/@]\S*", endpoint) and _host(endpoint)
        return "" if valid else "this is not an address that begins with https:// and a host"
    pattern, expectation = _ENDPOINTS[protocol]
    said = "what it refers to" if isinstance(endpoint, Hidden) else show(endpoint)
    return "" if re.fullmatch(pattern, endpoint) else f"{said} is not {expectation}"
