r"""CloudWatch Logs filter patterns: parse, validate, match, extract.

The language is that of AWS, "Filter pattern syntax for metric filters, subscription filters, filter log events, and
Live Tail" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html). It has three kinds::

    ERROR -timeout        ?"[ERROR]" ?FATAL        %ERROR|WARN%            text
    [time, level = "ERROR" || level = "FATAL", ...]                        space-delimited
    { $.level = "ERROR" && ($.status >= 500 || $.user IS NULL) }           JSON

::

    pattern = parse("{ $.duration_ms = * }")                  # PatternError: what, where, what to write instead
    match = pattern.match('{"duration_ms": 12.5}')            # None, or a Match
    pattern.value("$.duration_ms", match)                     # 12.5
    validate("ERROR", dimensions={"Level": "$.level"})        # everything AWS would refuse, as findings

A pattern is parsed once and matches any number of lines. Whatever the pattern and the line, the work is bounded:
wildcards and regular expressions never backtrack, nesting never exhausts the stack.

Three sources stand behind a rule, and its docstring says which: AWS's guide, its older editions (titled "Filter and
Pattern Syntax", the last seen in 2021) or newer ones where they differ; "was seen", the answers of TestMetricFilter and
PutMetricFilter that others have recorded and published; and the caution of this package, which refuses a form that no
source shows where another form is certain.
"""

from provisioner.patterns.errors import PatternError
from provisioner.patterns.json_ import JsonPattern
from provisioner.patterns.parser import parse
from provisioner.patterns.pattern import Match, Pattern
from provisioner.patterns.space import SpacePattern
from provisioner.patterns.text import TextPattern
from provisioner.patterns.transformation import DataPoint, Transformation, Violation, validate

__all__ = [
    "DataPoint",
    "JsonPattern",
    "Match",
    "Pattern",
    "PatternError",
    "SpacePattern",
    "TextPattern",
    "Transformation",
    "Violation",
    "parse",
    "validate",
]
