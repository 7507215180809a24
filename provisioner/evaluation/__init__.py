"""How CloudWatch evaluates an alarm: M of N, missing data, percentiles of few samples, metric math, composite rules."""
