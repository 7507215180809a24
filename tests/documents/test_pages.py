"""All documents together: links that lead somewhere, an index that is complete, a README that is short."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from provisioner import blueprint
from provisioner.engine.reconciler import Scope
from tests.documents.pages import ROOT, quoted, rows, sections, text_of

PAGES = sorted(
    str(path.relative_to(ROOT))
    for place in (".", "docs", "docs/decisions", "lambdas", "samples", "state")
    for path in (ROOT / place).glob("*.md")
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#{1,6} (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_something(name: str) -> None:
    for target in LINK.findall(text_of(name)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        page = ((ROOT / name).parent / file).resolve() if file else ROOT / name
        assert page.exists(), f"{name}: {target}"
        assert not anchor or anchor in anchors(page), f"{name}: {target}"


def test_every_document_is_in_the_index() -> None:
    index = {(ROOT / "docs" / target).resolve() for target in LINK.findall(text_of("docs/README.md"))}
    assert {path for path in (ROOT / "docs").rglob("*.md") if path.name != "README.md"} <= index


def test_the_readme_is_read_in_a_minute() -> None:
    text = text_of("README.md")
    assert len(text.split()) < 900
    assert "never run on a live AWS account" in " ".join(text.splitlines()[:24])


def test_every_path_in_the_documents_exists() -> None:
    """``provisioner/aws/rates.json`` and the like, in back quotes."""
    for name in PAGES:
        if name == "CHANGELOG.md":  # it tells of what was
            continue
        for path in quoted(text_of(name)):
            if re.fullmatch(r"(\./)?(provisioner|tests|scripts|lambdas|docs)/[\w./-]+", path):
                assert (ROOT / path).exists(), f"{name}: {path}"


def test_what_is_built_is_what_the_page_says() -> None:
    config = blueprint.load(ROOT / "platform.toml", "dev")
    wanted = blueprint.build(config, Scope("payment-platform", "dev", "123456789012", "us-east-1"), None)
    shown = {quoted(row[0])[0]: int(row[1]) for row in rows(sections("docs/platform.md")["What is built"])}
    assert shown == Counter(resource.kind for resource in wanted.resources)
