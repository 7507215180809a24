"""Does a metric filter count what it should? That is proved on log lines.

``target`` is what has to be proved: the metric filters of a configuration. Evidence for it comes from three places:

- ``samples``   lines that the user keeps beside ``platform.toml``, and says of each whether it must match;
- ``handlers``  the lines that a function really writes, run under the real runtime client;
- ``live``      the newest events of the log group in AWS, judged by AWS's own TestMetricFilter.

``offline`` tests the pattern on the first two, ``verdict`` says what follows from all the evidence, ``misses`` why a
line did not match, and ``lines`` evaluates any pattern over any lines.
"""
