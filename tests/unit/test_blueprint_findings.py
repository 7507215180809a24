"""Everything that cannot be built is refused, in one line: where it stands, what it is, what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner import blueprint
from provisioner.blueprint.file.rule import parse_rule
from provisioner.cli.configuration import configuration
from provisioner.engine.errors import ConfigError

HEAD = """[platform]
name = "shop"
[environments.dev]
[environments.prod]
protected = true
"""
FIRST = HEAD.count("\n") + 1  # the line on which what a test adds begins

Findings = Callable[..., list[str]]


@pytest.fixture
def refused(tmp_path: Path) -> Findings:
    """Why a file cannot be built; what ``text`` adds begins on line ``FIRST``."""

    def refusal(text: str, environment: str = "dev", head: str = HEAD) -> list[str]:
        path = tmp_path / "platform.toml"
        path.write_text(head + text)
        with pytest.raises(ConfigError) as caught:
            configuration(path, environment)
        return list(caught.value.details)

    return refusal


F, S = "[functions.f]\n", "[services.s]\n"
LONG = "x" * 250

REFUSALS = [
    # types are strict
    ("[logs]\nretention_days = '30'", "logs.retention_days: '30' is not allowed; a whole number"),
    ("[logs]\nretention_days = true", "logs.retention_days: true is not allowed; a whole number"),
    ("[alarms]\nservice_errors = true", "alarms.service_errors: true is not allowed; a number"),
    ("[alarms]\nservice_errors = nan", "alarms.service_errors: nan is not allowed; a finite number"),
    ("[notifications]\nok_actions = 1", "notifications.ok_actions: 1 is not allowed; true or false"),
    ("[services]\ns = 1", "services.s: 1 is not allowed; a table"),
    # ranges and choices
    ("[logs]\nretention_days = 31", "logs.retention_days: 31 is not allowed; one of 0, 1, 3, 5, 7, 14, 30, 60"),
    ("[encryption]\nrotation_days = 89", "encryption.rotation_days: 89 is not allowed; 90 to 2560"),
    ("[encryption]\ndeletion_window_days = 31", "encryption.deletion_window_days: 31 is not allowed; 7 to 30"),
    ("[notifications]\nmax_receive_count = 0", "notifications.max_receive_count: 0 is not allowed; 1 to 1000"),
    ("[notifications]\ndlq_retention_days = 15", "notifications.dlq_retention_days: 15 is not allowed; 1 to 14"),
    ("[notifications]\nnotify = 'none'", "notifications.notify: 'none' is not allowed; one of all, composites"),
    ("[tracing.functions]\nfixed_rate = 1.5", "tracing.functions.fixed_rate: 1.5 is not allowed; 0 to 1"),
    ("[alarms]\nperiod_seconds = 90", "alarms.period_seconds: 90 is not allowed; 10, 20, 30 or a multiple of 60"),
    ("[alarms]\ncluster_cpu_percent = 101", "alarms.cluster_cpu_percent: 101.0 is not allowed; 0 to 100"),
    (S + "log_format = 'yaml'", "services.s.log_format: 'yaml' is not allowed; one of json, text"),
    (S + "log_fields = ['a b']", "services.s.log_fields[0]: 'a b' is not allowed; a word other than level"),
    (F + "runtime = 'python3.9'", "functions.f.runtime: 'python3.9' is not allowed; one of python3.11, python3.12"),
    (F + "timeout_seconds = 901", "functions.f.timeout_seconds: 901 is not allowed; 1 to 900"),
    (F + "memory_mb = 127", "functions.f.memory_mb: 127 is not allowed; 128 to 10240"),
    (F + "insights_layer = 'on'", "functions.f.insights_layer: 'on' is not allowed; true, false, or a layer's ARN"),
    (F + "handler = 'index'", "functions.f.handler: 'index' is not allowed; module.function"),
    # unknown keys
    (S + "log_formt = 'text'", "services.s.log_formt: unknown key; did you mean log_format"),
    (S + "q9 = 1", "services.s.q9: unknown key; known here: log_format, log_fields"),
    ("[sevices.s]", "sevices: unknown key; did you mean services"),
    # names
    (S + "names.errors_alarm = 'a'", "services.s.names.errors_alarm: 'a' lacks {env}"),
    (S + "names.errors_alarm = '{env}{x}'", "services.s.names.errors_alarm: '{env}{x}' has a stray {"),
    (S + f"names.errors_alarm = '{LONG}{{env}}'", "services.s.names.errors_alarm: the alarm"),
    (S + "names.errors_alarm = 'a\"{env}'", "services.s.names.errors_alarm: 'a\"dev' cannot be the name of a alarm"),
    (S + "names.log_group = 'aws/{env}'", "services.s.names.log_group: 'aws/dev' cannot be the name of a log group"),
    (S + "names.errors_filter = 'a*{env}'", "services.s.names.errors_filter: 'a*dev' cannot be the name of a filter"),
    (S + "names.errors_metric = 'a${env}'", "services.s.names.errors_metric: 'a$dev' cannot be the name of a metric"),
    (F + f"names.function = '{'x' * 62}{{env}}'", "functions.f.names.function: the function"),
    (
        F + "[functions.g.names]\nerrors_metric = 'f-errors-{env}'",
        "functions.g.names.errors_metric: 'f-errors-dev' is also the metric of functions.f",
    ),
    ("[functions.x]\n[services.x]", "services.x: a function is called x, too"),
    ("[services.cluster]", "services.cluster: 'cluster' means the ECS cluster in rules"),
    ("[services.'a b']", "services.a b: 'a b' is not allowed; letters, digits, - and _"),
    # tags
    ("[platform.tags]\nName = 'x'", "platform.tags.Name: a tag that the platform itself sets"),
    ("[platform.tags]\nenvironment = 'x'", "platform.tags.environment: a tag that the platform itself sets"),
    ("[platform.tags]\n'provisioner:stack' = 'x'", "platform.tags.provisioner:stack: a tag that the platform"),
    ("[platform.tags]\n'AWS:x' = 'x'", "platform.tags.AWS:x: keys that begin with aws: are AWS's own"),
    (f"[platform.tags]\n{'k' * 129} = 'x'", "not a tag's key; 1 to 128"),
    (f"[platform.tags]\nk = '{'x' * 257}'", "is not allowed; at most 256"),
    ("[platform.tags]\nk = 1", "platform.tags.k: 1 is not allowed; text in quotes"),
    ("[platform.tags]\nTeam = 'a'\nteam = 'b'", "platform.tags.team: 'Team' is there, too"),
    ("[platform.tags]\n" + "\n".join(f"k{i} = ''" for i in range(45)), "platform.tags: 51 tags"),
    # functions
    (F + "source = 'nowhere'", "functions.f.source: there is no folder 'nowhere'"),
    (F + "source = '.'", "functions.f.handler: 'index.handler' needs a file index.py"),
    (F + "environment.LOG_LEVEL = 'X'", "functions.f.environment.LOG_LEVEL: not to be set here; set log_level instead"),
    (F + "environment.AWS_REGION = 'X'", "functions.f.environment.AWS_REGION: Lambda sets this variable itself"),
    (F + "environment.A-B = 'X'", "functions.f.environment.A-B: not a variable's name"),
    (F + f"environment.AB = '{'x' * 4096}'", "functions.f.environment: 4105 bytes as JSON"),
    (
        F + "environment.SIMULATED_FAILURE_RATE = '2'",
        "functions.f.environment.SIMULATED_FAILURE_RATE: '2' is not allowed; 0 to 1, or on",
    ),
    # patterns
    (S + "errors.pattern = '{ $.level = '", "services.s.errors.pattern:"),
    (S + "errors = { pattern = '{ $.a = 1 }', value = '$b' }", "services.s.errors.value:"),
    (S + "errors.pattern = '[a, b]'", "services.s.errors.pattern: ambiguous:"),
    (
        F + "errors = { default = 0, dimensions = { A = '$.a' } }",
        "functions.f.errors.default: a metric with dimensions",
    ),
    (
        F + "log_format = 'text'\nerrors = { dimensions = { A = '$.a' } }",
        "functions.f.errors.dimensions: the pattern does not support dimensions",
    ),
    (
        F + "errors.dimensions = { A = '$.a', B = '$.b', C = '$.c', D = '$.d' }",
        "functions.f.errors.dimensions: there are 4, AWS takes 3",
    ),
    (F + "errors.dimensions = { A = 'a' }", "functions.f.errors.dimensions: 'a'"),
    # metrics of one's own
    (S + "[services.s.alarms.errors]\nmetric = {}", "services.s.alarms.errors.metric.name: missing"),
    (S + "[services.s.alarms.errors]\nmetric.name = '{x}'", "metric.name: '{x}' has a stray {"),
    (
        S + "[services.s.alarms.errors]\nmetric = { name = 'm', namespace = ':m' }",
        "metric.namespace: ':m' is not allowed",
    ),
    (
        S + "[services.s.alarms.errors]\nmetric = { name = 'm', statistic = 'sum' }",
        "statistic: 'sum' is not allowed; Sum",
    ),
    (
        S + "[services.s.alarms.errors]\nmetric = { name = 'm', dimensions = { A = '' } }",
        "metric.dimensions.A: '' is not allowed; 1 to 1024",
    ),
    ("[cluster.alarms.cpu]\nthreshold = 101", "cluster.alarms.cpu.threshold: 101.0 is not allowed; 0 to 100"),
    # composites
    ("[composites.c]\nrule = 's.errors'", "composites.c.rule: 's' is not declared; declared are cluster"),
    (S + "[composites.c]\nrule = 's.latency'", "composites.c.rule: s has no alarm 'latency'; it has errors"),
    (
        S + "alarms.errors.enabled = false\n[composites.c]\nrule = 's.errors'",
        "composites.c.rule: the alarm s.errors is switched off",
    ),
    (
        "[composites.c]\nrule = 'cluster.cpu AND'",
        "composites.c.rule: the rule ends where an alarm (for example payment-handler.errors) is expected",
    ),
    ("[composites.c]\nrule = '(cluster.cpu'", "composites.c.rule: a parenthesis is not closed"),
    ("[composites.c]\nrule = 'cluster.cpu cluster.memory'", "composites.c.rule: 'cluster.memory' at character 13"),
    ("[composites.c]", "composites.c.rule: missing"),
    # the rest
    ("[cluster]\ncontainer_insights = 'disabled'", "cluster.container_insights: 'disabled' leaves the alarms on cpu"),
    ("[alarms]\nperiod_seconds = 43200\nevaluation_periods = 3", "alarms: 3 periods of 43200 s are longer than a day"),
    (S + "[services.s.alarms.errors]\nevaluation_periods = 289", "services.s.alarms.errors: 289 periods of 300 s"),
]


@pytest.mark.parametrize(("text", "message"), REFUSALS)
def test_what_is_refused(refused: Findings, text: str, message: str) -> None:
    findings = refused(text)
    assert [finding for finding in findings if message in finding], findings
    assert all(finding.startswith("platform.toml:") for finding in findings)


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("email", "nobody"),
        ("https", "http://example.com"),
        ("https", "https://"),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:orders.fifo"),
        ("lambda", "arn:aws:lambda:us-east-1:1:function:f"),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:alarm-events-dev"),
    ],
)
def test_endpoints_that_are_refused(refused: Findings, protocol: str, endpoint: str) -> None:
    text = f"[[notifications.subscriptions]]\nprotocol = '{protocol}'\nendpoint = '{endpoint}'"
    (finding,) = refused(text)
    assert finding.startswith(f"platform.toml:{FIRST + 2} notifications.subscriptions[0].endpoint: ")


def test_a_queue_of_our_name_in_another_account_is_another_queue(tmp_path: Path, refused: Findings) -> None:
    head = HEAD.replace("[env", "account_id = '123456789012'\n[env", 1)
    text = "[[notifications.subscriptions]]\nprotocol = 'sqs'\nendpoint = 'arn:aws:sqs:us-east-1:{}:alarm-events-dev'"
    assert "subscribed already" in refused(text.format("123456789012"), head=head)[0]
    (tmp_path / "platform.toml").write_text(head + text.format("210987654321"))
    assert configuration(tmp_path / "platform.toml", "dev")


def test_a_web_hook_is_not_repeated(refused: Findings) -> None:
    text = "[[notifications.subscriptions]]\nprotocol = 'https'\nendpoint = 'http://example.com/secret'"
    assert "secret" not in str(refused(text))


def test_the_line_is_where_the_value_stands(refused: Findings) -> None:
    assert refused("\n[logs]\n# why\nretention_days = 31")[0].startswith(f"platform.toml:{FIRST + 3} logs.")


def test_all_findings_come_at_once_in_the_order_of_the_file(refused: Findings) -> None:
    findings = refused("[logs]\nretention_days = 31\n[encryption]\nrotation_days = 1\n[services.s]\nx = 1")
    assert [finding.split()[0] for finding in findings] == [f"platform.toml:{FIRST + at}" for at in (1, 3, 5)]


def test_a_finding_in_an_override_names_the_override(refused: Findings) -> None:
    (finding,) = refused("[logs]\nretention_days = 7\n[environments.prod.logs]\nretention_days = 8", "prod")
    assert finding.startswith(f"platform.toml:{FIRST + 3} environments.prod.logs.retention_days: 8 is not allowed")


def test_an_array_of_an_override_hides_the_other(refused: Findings) -> None:
    entry = "subscriptions = [{{ protocol = 'email', {} }}]\n"
    text = "[notifications]\n" + entry.format("endpoint = 'a@b.c'") + "[environments.prod.notifications]\n"
    (finding,) = refused(text + entry.format("x = 1, endpoint = 'a@b.c'"), "prod")
    assert finding.startswith(f"platform.toml:{FIRST + 3} environments.prod.notifications.subscriptions[0].x: unknown")


def test_one_environments_mistake_is_not_anothers(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text(HEAD + "[environments.prod.logs]\nretention_days = 8")
    assert blueprint.load(path, "dev").logs.retention_days == 30


def test_an_undeclared_environment_lists_the_declared_ones(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text(HEAD)
    with pytest.raises(ConfigError, match="'pord' is not declared; declared are dev, prod"):
        blueprint.load(path, "pord")
    assert list(blueprint.read(path).environments) == ["dev", "prod"]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("[platform]\nname = 'x'\n", "no environment is declared"),
        ("[environments.Dev]\n", "platform.toml:1 environments.Dev: not a name for an environment"),
        ("[environments]\nabcdefghijklmnopq = {}", "platform.toml:2 environments.abcdefghijklmnopq: not a name"),
        ("[environments]\ndev = 1", "platform.toml:2 environments.dev: 1 is not a table"),
        ("a = 1\nb = = 2\n", "platform.toml:2 is not TOML: Invalid value"),
        ('a = """\n', "platform.toml:2 is not TOML: "),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, head: str, message: str) -> None:
    path = tmp_path / "platform.toml"
    path.write_text(head)
    with pytest.raises(ConfigError) as caught:
        blueprint.load(path, "dev")
    assert message in str(caught.value)


def test_a_missing_file_and_one_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    with pytest.raises(ConfigError, match="there is no such file"):
        blueprint.load(path, "dev")
    path.write_bytes(b"a = 1\nb = '\xff'")
    with pytest.raises(ConfigError, match=r"platform\.toml:2 not UTF-8"):
        blueprint.load(path, "dev")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("[platform]\n[environments.dev]", "platform.toml:1 platform.name: missing"),
        ("[environments.dev]", "platform: missing"),
        ("root = 'x'\n" + HEAD, "platform.toml:1 root: unknown key"),
        (
            HEAD.replace("[env", "account_id = 123456789012\n[env", 1),
            "platform.toml:3 platform.account_id: 123456789012",
        ),
        (HEAD.replace("[env", "account_id = '12345'\n[env", 1), "'12345' is not allowed; the 12 digits"),
        (HEAD.replace("[env", "regions = ['mars']\n[env", 1), "platform.regions[0]: 'mars' is not allowed"),
        (HEAD.replace("[env", "namespace = 'AWS/x'\n[env", 1), "platform.namespace: 'AWS/x' is not allowed"),
    ],
)
def test_the_platform_table(refused: Findings, head: str, message: str) -> None:
    assert message in "\n".join(refused("", head=head))


def test_a_region_without_an_insights_layer(tmp_path: Path, refused: Findings) -> None:
    (tmp_path / "index.py").touch()
    head = HEAD.replace("[env", "regions = ['us-east-1', 'xx-nowhere-1']\n[env", 1)
    (finding,) = refused(F + "source = '.'", head=head)
    assert "no Lambda Insights layer is known for x86_64 in xx-nowhere-1; set false, or the ARN of one" in finding


def test_a_rule_of_too_many_alarms(refused: Findings) -> None:
    services = "".join(f"[services.s{index}]\n" for index in range(101))
    rule = " OR ".join(f"s{index}.errors" for index in range(101))
    assert "composites.c.rule: 101 alarms; at most 100" in refused(f"{services}[composites.c]\nrule = '{rule}'")[0]


OPERANDS = st.sampled_from(["a.errors", "b-c.latency", "cluster.cpu"])
RULES = st.recursive(
    OPERANDS,
    lambda inner: st.one_of(
        st.builds("({})".format, inner),
        st.builds("NOT {}".format, inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(["AND", "OR", "and"]), inner),
    ),
    max_leaves=10,
)


@given(RULES)
def test_every_well_formed_rule_is_read(text: str) -> None:
    rule = parse_rule(text)
    assert {f"{owner}.{signal}" for owner, signal in rule.references} == {
        word.strip("()") for word in text.split() if "." in word
    }


@given(st.text("ab.() ANDORT", max_size=20))
def test_no_other_text_passes_unnoticed(text: str) -> None:
    try:
        rule = parse_rule(text)
    except ValueError:
        return
    python = " ".join("True" if isinstance(token, tuple) else token.lower() for token in rule.tokens)
    compile(python, "rule", "eval")
