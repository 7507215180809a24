"""Lambda: functions, who may call them, and invocations that run for real."""
