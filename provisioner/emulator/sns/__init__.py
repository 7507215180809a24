"""SNS: topics, subscriptions, and deliveries to queues and dead letters."""
