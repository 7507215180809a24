"""CloudWatch Logs: groups, events, metric filters."""
