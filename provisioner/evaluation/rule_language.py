"""The rule language of composite alarms (CloudWatch API reference, PutCompositeAlarm, ``AlarmRule``).

expression = term ("OR" term)*        term = factor ("AND" factor)*
factor     = "NOT" factor | "(" expression ")" | "TRUE" | "FALSE" | state "(" alarm ")"
state      = "ALARM" | "OK" | "INSUFFICIENT_DATA"        alarm = name or ARN, bare or in double quotes
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:\\.|[^"\\])*")|(?P<mark>[()])|(?P<word>[^\s()"]+))')
_ELEMENTS = 500
_DEEPEST = 50
"""How deep NOT and parentheses may nest. AWS publishes no limit: this one is Python's patience with recursion."""
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")

StateOf = Callable[[str], str]


class BadRule(Exception):
    """Why a text is not a rule."""


@dataclass(frozen=True)
class AlarmRule:
    """A node of the expression: ``operator`` is AND, OR, NOT, TRUE, FALSE or one of the three states."""

    operator: str
    operands: tuple[AlarmRule, ...] = ()
    alarm: str = ""

    def holds(self, state_of: StateOf) -> bool:
        """Whether the rule is fulfilled; ``state_of`` tells an alarm's state by the name or ARN in the rule."""
        if self.operator in _STATES:
            return state_of(self.alarm) == self.operator
        if self.operator == "NOT":
            return not self.operands[0].holds(state_of)
        if self.operator == "AND":
            return all(item.holds(state_of) for item in self.operands)
        if self.operator == "OR":
            return any(item.holds(state_of) for item in self.operands)
        return self.operator == "TRUE"

    def alarms(self) -> frozenset[str]:
        """Every name or ARN that the rule mentions."""
        below = frozenset[str]().union(*(item.alarms() for item in self.operands))
        return below | {self.alarm} if self.alarm else below


@dataclass
class _Parser:
    tokens: list[tuple[str, str]]
    at: int = 0
    depth: int = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, *wanted: str) -> str:
        kind, text = self.peek()
        if kind == "end" or (wanted and text not in wanted):
            raise BadRule(f"expected {' or '.join(wanted) or 'an alarm'} but found {text or 'the end'}")
        self.at += 1
        return text

    def chain(self, operator: str, part: Callable[[], AlarmRule]) -> AlarmRule:
        operands = [part()]
        while self.peek() == ("word", operator):
            self.take()
            operands.append(part())
        return operands[0] if len(operands) == 1 else AlarmRule(operator, tuple(operands))

    def expression(self) -> AlarmRule:
        return self.chain("OR", self.term)

    def term(self) -> AlarmRule:
        return self.chain("AND", self.factor)

    def factor(self) -> AlarmRule:
        word = self.take("NOT", "(", "TRUE", "FALSE", *_STATES)
        if word in ("TRUE", "FALSE"):
            return AlarmRule(word)
        if word in ("NOT", "("):
            self.depth += 1
            if self.depth > _DEEPEST:
                raise BadRule("the rule is nested too deeply")
            inner = AlarmRule("NOT", (self.factor(),)) if word == "NOT" else self.expression()
            if word == "(":
                self.take(")")
            self.depth -= 1
            return inner
        self.take("(")
        kind, text = self.peek()
        if kind == "mark":
            raise BadRule(f"{word}() names no alarm")
        alarm = self.take()
        self.take(")")
        return AlarmRule(word, alarm=re.sub(r"\\(.)", r"\1", alarm[1:-1]) if kind == "quoted" else text)


def parse(text: str) -> AlarmRule:
    """Read an expression. Raises BadRule for a syntax error, or for more than 500 elements, which are alarms,
    TRUE, FALSE and pairs of parentheses."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadRule(f"cannot read {text[at:].strip()[:20]}")
        assert found.lastgroup is not None
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        at = found.end()
    elements = sum(token in (("mark", "("), ("word", "TRUE"), ("word", "FALSE")) for token in tokens)
    if elements > _ELEMENTS:
        raise BadRule(f"the rule has {elements} elements, more than {_ELEMENTS}")
    parser = _Parser(tokens)
    rule = parser.expression()
    if parser.peek()[0] != "end":
        raise BadRule(f"unexpected {parser.peek()[1]}")
    return rule
