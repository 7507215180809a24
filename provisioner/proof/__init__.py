"""Does a metric filter count what it should? Proved on lines, never on hope.

``target`` what is to be proved: the metric filters of a configuration. Evidence for it comes from three places:

- ``samples``   lines that the user keeps beside ``platform.toml``, of which it is said whether they must match;
- ``handlers``  the lines that a function really writes, run under the real runtime client;
- ``live``      the newest events of the log group in AWS, judged by AWS's own TestMetricFilter.

``offline`` holds the first two against the pattern, ``verdict`` says what it all amounts to, ``misses`` why a line did
not match, and ``lines`` evaluates any pattern over any lines.
"""
