"""IAM: roles, and who the principals of a policy are. Every service below that has policies stands on it."""
