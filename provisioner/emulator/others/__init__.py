"""The small services, a module each: ECS, X-Ray, Service Quotas, and the index of tags."""
