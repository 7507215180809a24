"""IAM: roles, and who the principals of a policy are. Every service that has policies stands on it."""
