"""The rules of composite alarms as text: spelled in one way, and which alarms they name."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"[^"]*"|[()]|[^\s()"]+')
_QUOTED = re.compile(r'"([^"]*)"')
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")


def canonical_rule(rule: str) -> str:
    """``rule`` with single spaces, operators in capitals and every alarm as a quoted name."""
    words: list[str] = []
    for token in _TOKEN.findall(rule):
        argument = len(words) >= 2 and words[-1] == "(" and words[-2] in _STATES
        if argument:
            words.append(f'"{alarm_name(token)}"')
        else:
            words.append(token.upper() if token.isalpha() or "_" in token else token)
    text = " ".join(words)
    return re.sub(r"\b(ALARM|OK|INSUFFICIENT_DATA) \( (\"[^\"]*\") \)", r"\1(\2)", text)


def alarm_name(token: str) -> str:
    """The name of an alarm that a rule or a suppressor names in quotes, without them or by its ARN."""
    return token.strip('"').split(":alarm:")[-1]


def alarms_in(rule: str) -> list[str]:
    """The names of the alarms in a rule that is canonical."""
    return _QUOTED.findall(rule)
