"""CloudWatch: metrics, alarms, composites, dashboards, and what alarms do."""
