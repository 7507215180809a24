"""SQS: queues and their attributes; moto keeps the messages."""
