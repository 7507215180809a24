"""Answers in XML against their model: those of the query protocol, and S3's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser


def check_success(operation: str, shape: Any, members: Mapping[str, Any], body: bytes) -> None:
    """``body`` of an answer whose ``members`` stand in it. Raises ValueError where it is none of ``operation``.

    The query protocol wraps it: ``<GetRoleResponse><GetRoleResult>...``; S3 does not, and sends no body with nothing in
    it.
    """
    wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
    if not body.strip() and not members and wrapper is None:
        return
    root = _root(body)
    if wrapper is None and members:
        if len(root) and not {_tag(child) for child in root} & {_name(name, item) for name, item in members.items()}:
            raise ValueError(f"its body has nothing of {operation}")
        _structure(members, root, operation)
        return
    if _tag(root) != f"{operation}Response":
        raise ValueError(f"its body is none of {operation}")
    if wrapper is not None:
        results = [child for child in root if _tag(child) == wrapper]
        if len(results) != 1:
            raise ValueError(f"it has no {wrapper}")
        _structure(members, results[0], wrapper)


def check_error(body: bytes, *, may_be_empty: bool) -> None:
    """``body`` of an error. Raises ValueError where it is none of AWS's."""
    if may_be_empty and not body:
        return
    root = _root(body)
    found = [root] if _tag(root) == "Error" else [item for item in root.iter() if _tag(item) == "Error"]
    parts = {_tag(child): child for child in found[0]} if len(found) == 1 else {}
    if "Code" not in parts or any(len(parts[name]) for name in ("Code", "Message") if name in parts):
        raise ValueError("its body is no error of AWS")


def _root(body: bytes) -> Element:
    parser = XMLParser(encoding="utf-8")
    try:
        parser.feed(body)
        root: Element = parser.close()
    except ParseError as error:
        raise ValueError("its body is not XML") from error
    return root


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _name(member: str, shape: Any) -> str:
    """What a member is called; a list that is not wrapped is called as its items are."""
    inner = shape.member.serialization.get("name") if _is_flat(shape) and shape.type_name == "list" else None
    return str(inner or shape.serialization.get("name", member))


def _is_flat(shape: Any) -> bool:
    return bool(shape.serialization.get("flattened"))


def _structure(members: Mapping[str, Any], element: Element, path: str) -> None:
    if (element.text or "").strip():
        raise ValueError(f"{path} is no structure")
    for member, shape in members.items():
        found = [child for child in element if _tag(child) == _name(member, shape)]
        if len(found) > 1 and not _is_flat(shape):
            raise ValueError(f"{path}.{member} is there twice")
        for child in found:
            _check(shape, child, f"{path}.{member}")


def _check(shape: Any, element: Element, path: str) -> None:
    """``element`` against ``shape``. Raises ValueError, with the ``path`` to what is wrong."""
    match shape.type_name:
        case "structure":
            _structure(shape.members, element, path)
        case "list":
            name = shape.member.serialization.get("name", "member")
            for item in [element] if _is_flat(shape) else _items(element, name, path):
                _check(shape.member, item, path)
        case "map":
            for entry in [element] if _is_flat(shape) else _items(element, "entry", path):
                _entry(shape, entry, path)
        case kind if len(element) or not _is_scalar(kind, element.text or ""):
            raise ValueError(f"{path} is no {kind}")


def _items(element: Element, name: str, path: str) -> list[Element]:
    if (element.text or "").strip() or any(_tag(child) != name for child in element):
        raise ValueError(f"{path} is no list")
    return list(element)


def _entry(shape: Any, entry: Element, path: str) -> None:
    names = (shape.key.serialization.get("name") or "key", shape.value.serialization.get("name") or "value")
    parts = {_tag(child): child for child in entry}
    if set(parts) != set(names) or len(entry) != len(names):
        raise ValueError(f"{path} is no map")
    _check(shape.key, parts[names[0]], path)
    _check(shape.value, parts[names[1]], path)


def _is_scalar(kind: str, text: str) -> bool:
    match kind:
        case "boolean":
            return text in ("true", "false")
        case "integer" | "long":
            return re.fullmatch(r"[+-]?[0-9]{1,19}", text) is not None
        case "float" | "double":
            return re.fullmatch(r"[+-]?[0-9]{1,19}(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?", text) is not None
    return True
