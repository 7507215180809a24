"""What the schema of single values cannot see: sums, files, and settings that depend on each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from provisioner.blueprint.file.fields import endpoint_problem, show
from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.rule import AlarmKey, Rule, parse_rule
from provisioner.blueprint.file.schema import CLUSTER, Config, Function
from provisioner.blueprint.lint.names import check_keys, check_names
from provisioner.blueprint.parts.composites import rule_text
from provisioner.blueprint.parts.compute import insights_layer
from provisioner.blueprint.parts.context import RESERVED_TAGS
from provisioner.blueprint.parts.dashboard import count_metrics
from provisioner.blueprint.parts.filters import log_metric
from provisioner.blueprint.parts.names import Names
from provisioner.patterns import PatternError, parse, validate
from provisioner.resources.sns_subscription import subscription_name

# Limits of the API reference of each service, as published in 2026.
_TAGS, _TAG_KEY, _TAG_VALUE = 50, 128, 256
_TAG_TEXT = re.compile(r"[\w .:/=+@-]*")
_ENVIRONMENT_BYTES = 4096
_LAYERS = 5
_DAY = 86_400
_RULE_CHARACTERS, _RULE_CHILDREN, _RULE_ELEMENTS = 10_240, 100, 500
_DASHBOARD_METRICS = 2500

_MEMBERS = {
    "filterPattern": "pattern",
    "metricValue": "value",
    "defaultValue": "default",
    "dimensions": "dimensions",
}
"""What PutMetricFilter calls the keys of ``errors`` and ``latency``."""
_FILTER_FIXES = {
    "pattern": "Change the pattern; `verify --pattern` shows what it makes of your lines.",
    "value": "Write a number, $.field of a JSON line, or $name of a space-delimited one.",
    "default": "Take the default out, or the dimensions.",
    "dimensions": "Take out those that are too many or too long, or all of them.",
}

_OURS = {"ENVIRONMENT": "the platform sets it", "LOG_LEVEL": "set log_level instead"}
_LAMBDAS = re.compile(
    r"AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_\w+|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY"
    r"|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR"
)
"""Variables that Lambda sets itself and refuses to take. AWS_LAMBDA_EXEC_WRAPPER is the exception."""


def check(config: Config) -> list[Flaw]:
    """Everything in ``config`` that AWS would refuse, or that could never work."""
    if ambiguous := list(check_keys(config)):
        return ambiguous
    return [
        *check_names(config),
        *_tags(config),
        *_functions(config),
        *_subscriptions(config),
        *_insights(config),
        *_percentages(config),
        *_windows(config),
        *_patterns(config),
        *_composites(config),
        *_dashboard(config),
    ]


def _tags(config: Config) -> Iterator[Flaw]:
    platform = config.platform.tags
    yield from _tag_table(("platform", "tags"), platform, len(platform) + len(RESERVED_TAGS))
    for owner, workload in config.workloads.items():
        path = (config.section_of(owner), owner, "tags")
        yield from _tag_table(path, workload.tags, len({*platform, *workload.tags}) + len(RESERVED_TAGS))
        for key in workload.tags:
            if other := next((name for name in platform if name != key and name.lower() == key.lower()), None):
                yield Flaw((*path, key), f"platform.tags has {other!r}; IAM does not tell capitals apart")


def _tag_table(path: KeyPath, tags: Mapping[str, str], total: int) -> Iterator[Flaw]:
    if total > _TAGS and tags:
        yield Flaw(path, f"{total} tags, the platform's own {len(RESERVED_TAGS)} among them; at most {_TAGS}")
    folded: dict[str, str] = {}
    for key, value in tags.items():
        other = folded.setdefault(key.lower(), key)
        if key.lower() in {reserved.lower() for reserved in RESERVED_TAGS}:
            yield Flaw((*path, key), "a tag that the platform itself sets; choose another key")
        elif key.lower().startswith("aws:"):
            yield Flaw((*path, key), "keys that begin with aws: are AWS's own")
        elif not (1 <= len(key) <= _TAG_KEY and _TAG_TEXT.fullmatch(key)):
            yield Flaw((*path, key), f"not a tag's key; 1 to {_TAG_KEY} letters, digits, spaces and _ . : / = + - @")
        elif other != key:
            yield Flaw((*path, key), f"{other!r} is there, too; IAM does not tell capitals apart")
        if not (len(value) <= _TAG_VALUE and _TAG_TEXT.fullmatch(value)):
            allowed = f"at most {_TAG_VALUE} letters, digits, spaces and _ . : / = + - @"
            yield Flaw((*path, key), f"{show(value)} is not allowed; {allowed}")


def _functions(config: Config) -> Iterator[Flaw]:
    for owner, function in config.functions.items():
        path = ("functions", owner)
        yield from _source(config, path, function)
        yield from _environment(path, function)
        total = len(function.layers) + (function.insights_layer is not False)
        if total > _LAYERS:
            yield Flaw((*path, "layers"), f"{total} layers, that of Lambda Insights among them; at most {_LAYERS}")


def _source(config: Config, path: KeyPath, function: Function) -> Iterator[Flaw]:
    if function.source is None:
        return
    folder = config.root / function.source
    module = f"{function.handler.split('.')[0]}.py"
    if not folder.is_dir():
        yield Flaw((*path, "source"), f"there is no folder {show(function.source)} beside the file")
    elif not (folder / module).is_file():
        yield Flaw((*path, "handler"), f"{show(function.handler)} needs a file {module} in {function.source}")
    if function.insights_layer is True:
        lacking = [r for r in config.platform.regions if insights_layer("aws", r, function.architecture) is None]
        if lacking:
            where = f"{function.architecture} in {', '.join(lacking)}"
            yield Flaw((*path, "insights_layer"), f"no Lambda Insights layer is known for {where}; false, or its ARN")


def _environment(path: KeyPath, function: Function) -> Iterator[Flaw]:
    for key, value in function.environment.items():
        here = (*path, "environment", key)
        if key in _OURS:
            yield Flaw(here, f"not to be set here; {_OURS[key]}")
        elif _LAMBDAS.fullmatch(key) and key != "AWS_LAMBDA_EXEC_WRAPPER":
            yield Flaw(here, "Lambda sets this variable itself and refuses to take it")
        elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", key):
            yield Flaw(here, "not a variable's name; two or more letters, digits and _, a letter first")
        elif key == "SIMULATED_FAILURE_RATE" and not _is_rate(value):
            yield Flaw(here, f"{show(value)} is not allowed; 0 to 1, or on for the function's usual rate")
    size = len(json.dumps(function.environment, separators=(",", ":")).encode())
    # ENVIRONMENT and LOG_LEVEL take at most 60 of them.
    if size + 60 > _ENVIRONMENT_BYTES:
        yield Flaw((*path, "environment"), f"{size} bytes as JSON; at most {_ENVIRONMENT_BYTES - 60}")


def _is_rate(text: str) -> bool:
    try:
        return text == "on" or 0 <= float(text) <= 1
    except ValueError:
        return False


def _subscriptions(config: Config) -> Iterator[Flaw]:
    names = Names(config)
    seen = {subscription_name(names.topic, "sqs", names.events)}
    for index, item in enumerate(config.notifications.subscriptions):
        path = ("notifications", "subscriptions", index, "endpoint")
        problem = endpoint_problem(item.protocol, item.endpoint)
        if problem:
            yield Flaw(path, problem)
            continue
        name = subscription_name(names.topic, item.protocol, item.endpoint)
        if name in seen:
            yield Flaw(path, "subscribed already, or something of the same name is")
        seen.add(name)


def _insights(config: Config) -> Iterator[Flaw]:
    on = [signal for (owner, signal), alarm in config.active_alarms.items() if owner == CLUSTER and not alarm.metric]
    if config.cluster.container_insights == "disabled" and on:
        path = ("cluster", "container_insights")
        message = f"'disabled' leaves the alarms on {' and '.join(on)} without a metric; switch them off as well"
        yield Flaw(
            path,
            f"{message} (cluster.alarms.{on[0]}.enabled = false)",
            "Only Container Insights publishes the CPU and memory of a cluster: without it these alarms never fire.",
            f'Set container_insights = "enabled", or enabled = false in cluster.alarms.{" and .".join(on)}.',
        )


def _percentages(config: Config) -> Iterator[Flaw]:
    for signal, alarm in config.alarms_of(CLUSTER).items():
        if alarm.threshold is not None and alarm.threshold > 100 and not alarm.metric:
            yield Flaw((CLUSTER, "alarms", signal, "threshold"), f"{alarm.threshold} is not allowed; 0 to 100")


def _windows(config: Config) -> Iterator[Flaw]:
    for (owner, signal), alarm in config.active_alarms.items():
        period, count = config.window((owner, signal))
        if period * count <= _DAY:
            continue
        own = (CLUSTER,) if owner == CLUSTER else (config.section_of(owner), owner)
        path = (*own, "alarms", signal) if alarm.period_seconds or alarm.evaluation_periods else ("alarms",)
        yield Flaw(path, f"{count} periods of {period} s are longer than a day, {_DAY} s, the most an alarm looks at")


def _patterns(config: Config) -> Iterator[Flaw]:
    for owner in config.workloads:
        for signal in config.metrics_of(owner):
            made = log_metric(config, owner, signal)
            path = (config.section_of(owner), owner, signal)
            refused = validate(made.pattern, made.value, dimensions=made.dimensions, default=made.default)
            for finding in refused:
                message = f"{finding.message}{f'; {finding.hint}' if finding.hint else ''}"
                member = _MEMBERS[finding.member]
                why = "AWS refuses the filter, and without it the metric has no data and its alarm stays OK."
                fix = f"{finding.hint[:1].upper()}{finding.hint[1:]}." if finding.hint else _FILTER_FIXES[member]
                yield Flaw((*path, member), message, why, fix)
            if not refused:
                why = "Where AWS's guides disagree, nobody can say which lines are counted."
                fix = "Write it so that there is one reading; `verify --pattern` shows what it makes of your lines."
                doubts = _doubts(made.pattern)
                yield from (Flaw((*path, "pattern"), f"ambiguous: {doubt}", why, fix) for doubt in doubts)


def _doubts(pattern: str) -> tuple[str, ...]:
    try:
        return parse(pattern).ambiguities
    except PatternError:
        return ()


def _composites(config: Config) -> Iterator[Flaw]:
    for declared, composite in config.active_composites.items():
        path = ("composites", declared, "rule")
        rule = parse_rule(composite.rule)
        problems = [problem for key in rule.references if (problem := _unfit(config, key))]
        fix = "Refer to alarms that are declared and switched on."
        yield from (
            Flaw(path, problem, "CloudWatch refuses a rule over alarms that are not there.", fix)
            for problem in problems
        )
        yield from () if problems else _oversized(config, path, rule)


def _unfit(config: Config, key: AlarmKey) -> str:
    """Why a rule cannot refer to the alarm ``key``, or ``""``."""
    owner, signal = key
    if owner != CLUSTER and owner not in config.workloads:
        return f"{owner!r} is not declared; declared are {', '.join([*config.workloads, CLUSTER])}"
    alarms = config.alarms_of(owner)
    if signal not in alarms:
        return f"{owner} has no alarm {signal!r}; it has {', '.join(alarms)}"
    return "" if alarms[signal].enabled else f"the alarm {owner}.{signal} is switched off"


def _oversized(config: Config, path: KeyPath, rule: Rule) -> Iterator[Flaw]:
    elements = len([token for token in rule.tokens if token in ("(", ")") or isinstance(token, tuple)])
    sizes = (
        (len(rule.references), _RULE_CHILDREN, "alarms"),
        (elements, _RULE_ELEMENTS, "alarms and parentheses"),
        (len(rule_text(rule, Names(config).alarm)), _RULE_CHARACTERS, "characters with the alarms' full names"),
    )
    why = "CloudWatch refuses a composite alarm over these limits."
    fix = "Divide it into several composites, each over a part of the alarms."
    for size, limit, what in sizes:
        if size > limit:
            yield Flaw(path, f"{size} {what}; at most {limit}", why, fix)


def _dashboard(config: Config) -> Iterator[Flaw]:
    if (total := count_metrics(config)) > _DASHBOARD_METRICS:
        yield Flaw(("functions",), f"the dashboard would have {total} metrics; at most {_DASHBOARD_METRICS}")
