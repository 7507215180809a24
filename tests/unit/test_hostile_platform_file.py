"""Whatever ``platform.toml`` holds: findings, soon, and never a traceback. What was found is kept as the corpus."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner import blueprint
from provisioner.blueprint import Config
from provisioner.blueprint.load import read
from tests.unit.linting import LONG_AGO
from tests.unit.test_blueprint_misspelt import MISSPELT

HEAD = '[platform]\nname = "shop"\n[environments.dev]\n'


def many(line: str, count: int) -> str:
    return "".join(line.replace("%", str(number)) for number in range(count))


CORPUS = {
    "environments": HEAD + many("[environments.e%]\n", 5_000),
    "environments times services": HEAD + many("[environments.e%]\n", 299) + many("[services.s%]\n", 100),
    "services": HEAD + many("[services.s%]\n", 20_000),
    "unknown keys": HEAD + many("k% = 1\n", 5_000),
    "one Region many times": "platform.regions = [" + '"us-east-1", ' * 20_000 + "]\nenvironments.dev = {}\n",
    "Regions": 'platform.name = "x"\nplatform.regions = ['
    + ", ".join(
        f'"{one}{two}-{three}-{n}"' for one in "abcd" for two in "xyz" for three in ("ab", "cd") for n in range(99)
    )
    + "]\nenvironments.dev = {}\n",
    "parentheses": HEAD + '[services.a]\n[composites.c]\nrule = "' + "(" * 20_000 + "a.errors" + ")" * 20_000 + '"\n',
    "negations": HEAD + '[services.a]\n[composites.c]\nrule = "' + "NOT " * 20_000 + 'a.errors"\n',
    "a number of digits": HEAD + "[logs]\nretention_days = 0x" + "f" * 20_000,
    "another": HEAD + "[services.s]\nlog_format = 0x" + "f" * 9_000,
    "a decimal one": HEAD + "[logs]\nretention_days = " + "9" * 9_000,
    "an environment that is a number": "environments.dev = 0x" + "f" * 9_000,
    "infinite": HEAD + "[alarms]\nservice_errors = 1e999\nfunction_errors = nan\nperiod_seconds = -inf\n",
    "a host that is none": HEAD + '[[notifications.subscriptions]]\nprotocol = "https"\nendpoint = "https://[::1"\n',
    "a path without end": HEAD + '[functions.f]\nsource = "' + "a/" * 20_000 + '"\n',
    "a path with NUL": HEAD + '[functions.f]\nsource = "a\\u0000b"\nallow_outside = ["c\\u0000d"]\n',
    "a pattern without end": HEAD + '[services.s.errors]\npattern = "' + "{" * 20_000 + '"\n',
    "odd names": HEAD + '[services."a\\u0000b"]\n[functions."../x"]\n[functions.""]\n[services."\\u001b[31m"]\n',
    "no table": HEAD.replace("[env", "services = 5\nfunctions = [1]\ncomposites = [{}]\n[env"),
    "an override that is no table": 'platform.name = "a"\nservices.a = {}\nenvironments.dev.services = 5\n',
    "an override of another kind": 'platform.name = "a"\n[environments.dev.notifications.subscriptions]\nx = 1\n',
    "environments that are none": "environments = [1]\n",
    "environments that are a list": "[[environments]]\n",
    "nested arrays": HEAD + "x = " + "[" * 5_000,
    "nested tables": HEAD + "x = " + "{a = " * 5_000,
    "a key without end": HEAD + "a." * 100_000 + "a = 1",
    "a header without end": HEAD + "[" + "a." * 100_000 + "a]",
    "a date": "platform.name = 2020-01-01\nplatform.tags.a = 10:00:00\nenvironments.dev = {}\n",
    "more than a megabyte": HEAD + "#" * 1_000_000,
    "nothing": "",
}
BYTES = {
    "UTF-16": HEAD.encode("utf-16"),
    "UTF-8 with a mark": HEAD.encode("utf-8-sig"),
    "Latin-1": 'platform.name = "é"\n'.encode("latin-1"),
    "UTF-7": b'platform.name = "+AGEALg-"\n',
    "NUL": b"\x00" * 100,
    "line ends of others": HEAD.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("content", [*map(str.encode, CORPUS.values()), *BYTES.values()], ids=[*CORPUS, *BYTES])
def test_the_corpus_is_findings_within_seconds(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "platform.toml").write_bytes(content)
    began = time.process_time()
    report = blueprint.lint(tmp_path / "platform.toml", LONG_AGO)
    assert time.process_time() - began < 10
    assert any(finding.severity == "error" for finding in report.findings)
    assert all(finding.what and len(finding.what) < 2_000 for finding in report.findings)


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=20)
SCALARS = st.one_of(
    WORDS.map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(lambda number: str(number).replace("e+", "e")),
    st.booleans().map(lambda value: str(value).lower()),
    st.dates(min_value=date(1000, 1, 1)).map(str),
    st.sampled_from(
        ['"{env}"', '"a-{env}"', '"../x"', '"/"', '"*"', '"https://["', "0xffff", '"arn:aws:iam::aws:policy/x"']
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(WORDS.map(lambda text: json.dumps(text, ensure_ascii=False)), inner, max_size=3).map(
            lambda table: f"{{{', '.join(f'{key} = {value}' for key, value in table.items())}}}"
        ),
    ),
    max_leaves=6,
)
KEYS = st.sampled_from([f"{item.values[0]}{item.values[1]}.{item.values[3]}".lstrip(".") for item in MISSPELT])


@settings(max_examples=100)
@given(pairs=st.dictionaries(KEYS, VALUES, min_size=1, max_size=6))
def test_any_value_anywhere_is_findings(tmp_path_factory: pytest.TempPathFactory, pairs: dict[str, str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    lines = {"platform.name": '"shop"', "environments.dev.protected": "false", **pairs}
    path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()), encoding="utf-8")
    refused = blueprint.lint(path, LONG_AGO).refused("dev")
    file = read(path) if not any(finding.environment == "" for finding in refused) else None
    assert file is None or refused or isinstance(file.configuration("dev"), Config)


@settings(max_examples=100)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_findings(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(content)
    assert blueprint.lint(path, LONG_AGO).findings
