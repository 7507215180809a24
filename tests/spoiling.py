"""Files that somebody has spoiled, for hypothesis: of a sound document, or none at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

NOW = 1_700_000_000.0

ODD = st.sampled_from(
    [
        *(None, True, 0, -1, 2**31, 10**4300 - 1, 1e308, float("inf"), float("nan"), NOW + 1e12),
        *("", "../x", "box", "\x1b[2J\n", "\ud800", [], {}, ["a"], [[["a"]]], {"a": [1]}),
    ]
) | st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, above: Sequence[Any] = ()) -> Iterator[Sequence[Any]]:
    """The way to everything in ``value``."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*above, key)
        yield from places(value[key], (*above, key))


def spoiled(sound: Any) -> st.SearchStrategy[Any]:
    """``sound`` with something else in one of its places, or in two, or with nothing there."""
    once = st.tuples(st.sampled_from(list(places(sound))), st.none() | st.tuples(ODD))
    return st.lists(once, min_size=1, max_size=2).map(lambda changes: changed(sound, changes))


def changed(sound: Any, changes: Sequence[tuple[Sequence[Any], tuple[Any] | None]]) -> Any:
    found = copy.deepcopy(sound)
    for (*way, last), other in changes:
        inner = found
        try:
            for key in way:
                inner = inner[key]
            if other:
                inner[last] = other[0]
            else:
                del inner[last]
        except (KeyError, IndexError, TypeError):  # what stood there went before
            continue
    return found


def texts(sound: Any) -> st.SearchStrategy[bytes]:
    """A file in the place of one that holds ``sound``: another document, one that was cut, or anything."""
    documents = (spoiled(sound) | ODD).map(lambda found: json.dumps(found).encode())
    cut = st.integers(0, 500).map(lambda end: json.dumps(sound).encode()[:end])
    return documents | cut | st.binary(max_size=50)
