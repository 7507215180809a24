"""The small services: ECS, IAM, X-Ray, Service Quotas, and the index of tags."""
