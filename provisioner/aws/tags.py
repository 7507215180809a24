"""Tags: AWS's spellings of them, and the calls that change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.reconciler import changed_tags
from provisioner.engine.steps import Call, Steps


def tag_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """``tags`` as most services take them; KMS says ``TagKey`` and ``TagValue``, ECS ``key`` and ``value``."""
    return [{key: name, value: text} for name, text in tags.items()]


def tag_map(tags: Iterable[Mapping[str, object]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """The reverse."""
    return {str(tag[key]): str(tag.get(value, "")) for tag in tags if key in tag}


def bears(tags: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Whether what has ``tags`` is what a call ``asked`` for; one that named no stack might be anybody's."""
    return STACK_TAG in asked and asked.items() <= tags.items()


def retag(
    want: Mapping[str, str],
    live: Mapping[str, str],
    untag: Callable[[list[str]], Call],
    tag: Callable[[dict[str, str]], Call],
) -> Steps:
    """Remove what is not wanted, then put what is missing or differs; nothing else is sent."""
    put, drop = changed_tags(want, live)
    if drop:
        yield untag(drop)
    if put:
        yield tag(put)
