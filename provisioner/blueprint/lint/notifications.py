"""Alarms that nobody would hear."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.aws.arns import last_part
from provisioner.blueprint.file.fields import endpoint_problem
from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.rule import AlarmKey, Rule
from provisioner.blueprint.lint.subject import Subject
from provisioner.engine.model import Ref
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.sns_subscription import SnsSubscription


def subscriptions(subject: Subject) -> Iterator[Flaw]:
    """Endpoints that SNS would refuse, or that are subscribed twice."""
    seen: set[str] = set()
    ours: set[str] = set()
    for item in subject.all(SnsSubscription):
        endpoint, path = item.resource.endpoint, (*item.place, "endpoint")
        if not isinstance(endpoint, str):
            assert isinstance(endpoint, Ref), "the event queue's ARN is one reference"
            ours.add(endpoint.address.name)
        elif problem := endpoint_problem(item.resource.protocol, endpoint):
            yield Flaw(path, problem)
            continue
        # Where the file does not say its account, a queue of our name is taken for ours.
        elif item.name in seen or (not subject.config.platform.account_id and last_part(endpoint) in ours):
            yield Flaw(path, "subscribed already, or something of the same name is")
        seen.add(item.name)


def silent_alarms(subject: Subject) -> Iterator[Flaw]:
    """An alarm without actions of its own that no composite with actions refers to."""
    speaking = [item.resource for item in subject.all(CompositeAlarm) if item.resource.alarm_actions]
    heard = {address for composite in speaking for address in composite.needs()}
    for alarm in subject.all(MetricAlarm):
        if not alarm.resource.alarm_actions and alarm.resource.address not in heard:
            yield Flaw(
                alarm.place,
                f"the alarm {alarm.name} tells nobody: it has no action and is in no composite that has one",
                "It turns red in the console, and no queue, address or person hears of it.",
                "Give it the topic as its action, name it in a composite, or switch it off (enabled = false).",
            )


def inhibitors(subject: Subject) -> Iterator[Flaw]:
    """With ``notify = "composites"``, an alarm that stands behind NOT in every rule: it can only keep others quiet."""
    if subject.config.notifications.notify != "composites":
        return
    rules = subject.config.rules.values()
    raising = {key for rule in rules for key in _raising(rule)}
    for key in dict.fromkeys(key for rule in rules for key in rule.references):
        alarm = subject.blueprint.find(MetricAlarm, *key)
        if alarm and key not in raising:
            yield Flaw(
                alarm.place,
                f"the alarm {alarm.name} stands behind NOT in every composite, and tells nobody itself",
                'With notify = "composites" it can keep an alarm quiet and never raise one.',
                'Name it without NOT in some composite, or set notify = "all".',
                "warning",
            )


def _raising(rule: Rule) -> Iterator[AlarmKey]:
    """The references of ``rule`` that stand behind an even number of NOTs."""
    outer: list[bool] = []
    inverted = negated = False  # by the parentheses around; by NOTs just before
    for token in rule.tokens:
        match token:
            case "NOT":
                negated = not negated
            case "(":
                outer.append(inverted)
                inverted, negated = inverted != negated, False
            case ")":
                inverted = outer.pop()
            case tuple():
                if inverted == negated:
                    yield token
                negated = False


def no_person(subject: Subject) -> Iterator[Flaw]:
    """Only the event queue hears."""
    if not subject.config.notifications.subscriptions:
        yield Flaw(
            ("notifications",),
            "nobody is subscribed but the platform's own event queue",
            "An alarm is kept in the queue and reaches no person.",
            "Add [[notifications.subscriptions]] with a protocol and an endpoint, for example"
            ' "email" and "oncall@example.com".',
            "warning",
        )
