"""What is hidden of a text that may repeat a secret, and what is not."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from provisioner.render.secrets import Secrets

HOOK = "https://ops:hunter2@hooks.example.com/services/T0A1B2C3/XyZ-tok3n?key=s3cr3t+key&x=1"


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        (HOOK, f"Endpoint {HOOK} is bad", "Endpoint (secret) is bad"),
        (HOOK, "path /services/T0A1B2C3/XyZ-tok3n", "path /services/(secret)/(secret)"),
        (HOOK, "T0A1B2C3 is unknown", "(secret) is unknown"),
        (HOOK, "password hunter2", "password (secret)"),
        (HOOK, quote(HOOK, safe=""), "(secret)"),
        (HOOK, "what services are there", "what services are there"),
        ('p"ss\\word1', 'said {"a": "p\\"ss\\\\word1"}', 'said {"a": "(secret)"}'),
        ("p<ss&word1", "<Arn>p&lt;ss&amp;word1</Arn>", "<Arn>(secret)</Arn>"),
        ("0417", "value '0417' or 0417.", "value '(secret)' or (secret)."),
        ("0417", "10417 /a-0417-b", "10417 /a-0417-b"),
        ("production", "order-production in production", "order-production in (secret)"),
        ("true", "it is true", "it is true"),
        ("pending", "the key is pending deletion", "the key is pending deletion"),
        ("1", "1 of 100", "1 of 100"),
        ("", "nothing", "nothing"),
        ("", "at http://me:pass@127.0.0.1:5555/x", "at http://(secret)@127.0.0.1:5555/x"),
        ("", "ARN arn:aws:iam::1:user/me@example.com http://a/b@c", "ARN arn:aws:iam::1:user/me@example.com http://a/b@c"),
    ],
)  # fmt: skip
def test_what_is_hidden(secret: str, text: str, shown: str) -> None:
    secrets = Secrets()
    secrets.learn([secret])
    assert secrets.hide(text) == shown


def test_the_longest_is_hidden_first() -> None:
    secrets = Secrets()
    secrets.learn(["abcdefg-1", "abcdefg-123456"])
    assert secrets.hide("abcdefg-123456") == "(secret)"


def test_the_environment() -> None:
    secrets = Secrets.of_environment(
        {
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
            "AWS_SESSION_TOKEN": "FwoGZXIvYXdzE",
            "AWS_ENDPOINT_URL_STS": "http://me:pa55word@127.0.0.1:1/t0kent0ken",
            "https_proxy": "http://me:pr0xypass@proxy",
            "HOME": "/home/somebody1",
        }
    )
    said = "wJalrXUtnFEMI/K7MDENG FwoGZXIvYXdzE pa55word t0kent0ken pr0xypass /home/somebody1"
    assert secrets.hide(said) == "(secret) (secret) (secret) (secret) (secret) /home/somebody1"
