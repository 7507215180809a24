"""The header says where a run goes, and what is unusual about that."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.cli.running import Cli, Sample


def header(cli: Cli, **environ: str) -> str:
    return cli("outputs", **environ).err


def test_a_file_for_any_account_says_so(cli: Cli, sample: Sample) -> None:
    assert "platform.account_id is not set" in header(cli)
    sample.edit(r"^# account_id = ", "account_id = ")
    assert "platform.account_id" not in header(cli)


@pytest.mark.parametrize("credentials", ["", "user:s3cret@"])
def test_an_endpoint_of_ones_own_is_named_without_its_password(cli: Cli, credentials: str) -> None:
    place = urlsplit(cli.control.url).netloc
    said = header(cli, AWS_ENDPOINT_URL=f"http://{credentials}{place}")
    assert f"AWS_ENDPOINT_URL is in force: {place}\n" in said
    assert "s3cret" not in said


def test_an_endpoint_of_a_single_service_is_named_with_it(cli: Cli) -> None:
    """The rest would go to AWS, if there were not a proxy in the way that nobody serves."""
    place = urlsplit(cli.control.url).netloc
    (cli.home / ".aws").mkdir()
    (cli.home / ".aws" / "config").write_text(
        f"[default]\nservices = here\n[services here]\nsts =\n  endpoint_url = {cli.control.url}\n"
    )
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    said = header(cli, AWS_ENDPOINT_URL="", AWS_ENDPOINT_URL_SQS=cli.control.url, **proxy)
    assert f"AWS_ENDPOINT_URL is in force: {place} for sqs, sts\n" in said
