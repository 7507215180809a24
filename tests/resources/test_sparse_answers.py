"""No read demands what AWS does not promise: whichever optional member an answer lacks, it is read all the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.resources.answers import KeptAnswers, Path
from tests.resources.driver import Platform
from tests.resources.examples import EXAMPLES


def optional(value: Any, shape: Any, path: Path = ()) -> Iterator[Path]:
    """Every member below the top of an answer that its ``shape`` does not require."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from optional(item, shape.member, (*path, number))
    elif isinstance(value, dict) and shape.type_name == "map":
        yield from ((*path, key) for key in value)
    elif isinstance(value, dict) and shape.type_name == "structure":
        for key, item in value.items():
            if key in shape.members:
                if path and key not in shape.required_members:
                    yield (*path, key)
                yield from optional(item, shape.members[key], (*path, key))


def without(value: Any, path: Path) -> Any:
    """A copy of ``value`` without what stands at ``path``."""
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        return [without(item, rest) if number == first else item for number, item in enumerate(value)]
    if not rest:
        return {key: item for key, item in value.items() if key != first}
    return {key: without(item, rest) if key == first else item for key, item in value.items()}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_aws_may_leave_out_may_be_missing(platform: Platform, kind: str) -> None:
    reading = KeptAnswers(platform, kind)
    assert reading.unchanged
    left_out = [
        (call, path)
        for call, answer in reading.kept.answers.items()
        for path in optional(answer, reading.kept.shapes[call])
    ]
    for call, path in left_out:
        reading.with_edit(call, partial(without, path=path))
    assert left_out or kind == "dashboard"  # whose answer has nothing but what is at its top
