"""The rules of composite alarms as ``platform.toml`` has them: ``(shop.errors OR shop.latency) AND cluster.cpu``.

An operand is ``<function or service>.<alarm>`` or ``cluster.<alarm>`` and means "is in ALARM". NOT binds tighter than
AND, and AND tighter than OR, as in CloudWatch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

AlarmKey: TypeAlias = tuple[str, str]
"""Whose alarm, and which: ``("payment-handler", "errors")``."""

_TOKEN = re.compile(r"[()]|[^\s()]+")
_REFERENCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)\.([a-z]+)")
_AN_ALARM = "an alarm (for example payment-handler.errors)"


@dataclass(frozen=True)
class Rule:
    """A valid rule: operators and parentheses as text, references as pairs."""

    tokens: tuple[str | AlarmKey, ...]

    @property
    def references(self) -> list[AlarmKey]:
        """What it refers to, each once, in the order of their appearance."""
        return list(dict.fromkeys(token for token in self.tokens if isinstance(token, tuple)))


def parse_rule(text: str) -> Rule:
    """The rule that ``text`` spells; ``ValueError`` with what is wrong and where."""
    tokens: list[str | AlarmKey] = []
    depth, operand_due = 0, True
    for match in _TOKEN.finditer(text):
        word, place = match.group(), f"at character {match.start() + 1}"
        reference = _REFERENCE.fullmatch(word)
        operator = word.upper()
        if operand_due and reference:
            tokens.append((reference[1], reference[2]))
            operand_due = False
        elif operand_due and operator in ("(", "NOT"):
            tokens.append(operator)
            depth += operator == "("
        elif not operand_due and operator in ("AND", "OR"):
            tokens.append(operator)
            operand_due = True
        elif not operand_due and operator == ")" and depth:
            tokens.append(operator)
            depth -= 1
        else:
            expected = f"{_AN_ALARM}, NOT or (" if operand_due else f"AND, OR{' or )' * (depth > 0)}"
            raise ValueError(f"{word!r} {place} is not expected; expected is {expected}")
    if operand_due:
        raise ValueError(f"the rule ends where {_AN_ALARM} is expected")
    if depth:
        raise ValueError("a parenthesis is not closed" if depth == 1 else f"{depth} parentheses are not closed")
    return Rule(tuple(tokens))
