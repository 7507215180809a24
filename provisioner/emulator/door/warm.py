"""Ask each service something at start, so that the first real request does not wait for models and backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.test import EnvironBuilder, run_wsgi_app

from provisioner.emulator.others.iam import managed_policies

if TYPE_CHECKING:
    from provisioner.emulator.door.front import Front

_JSON = "application/x-amz-json-1.1"
_QUERY = "application/x-www-form-urlencoded"

# Signing name, and a harmless request: its path, the operation's header or form, and its content type.
_REQUESTS = (
    ("kms", "POST", "/", "TrentService.GenerateRandom", '{"NumberOfBytes": 1}', _JSON),
    ("logs", "POST", "/", "Logs_20140328.DescribeQueries", "{}", _JSON),
    ("sqs", "POST", "/", "AmazonSQS.ListDeadLetterSourceQueues", '{"QueueUrl": "/"}', _JSON),
    ("sns", "POST", "/", "", "Action=ListTopics", _QUERY),
    ("ecs", "POST", "/", "AmazonEC2ContainerServiceV20141113.ListClusters", "{}", _JSON),
    ("iam", "POST", "/", "", "Action=ListRoles", _QUERY),
    ("sts", "POST", "/", "", "Action=GetCallerIdentity", _QUERY),
    ("lambda", "GET", "/2015-03-31/functions", "", "", ""),
    ("xray", "POST", "/GetSamplingRules", "", "{}", "application/json"),
    ("monitoring", "POST", "/", "GraniteServiceVersion20100801.ListMetrics", "{}", _JSON),
    ("tagging", "POST", "/", "ResourceGroupsTaggingAPI_20170126.GetResources", "{}", _JSON),
    ("servicequotas", "POST", "/", "ServiceQuotasV20190624.ListServiceQuotas", '{"ServiceCode": "xray"}', _JSON),
    ("s3", "GET", "/", "", "", ""),
)


def warm(front: Front, region: str) -> None:
    """Load the model, the router and moto's part of every service, and leave no trace of it."""
    for signing_name, method, path, target, body, kind in _REQUESTS:
        scope = f"Credential=warm/20260101/{region}/{signing_name}/aws4_request"
        headers = [("Authorization", f"AWS4-HMAC-SHA256 {scope}"), ("X-Amz-Target", target)]
        environ = EnvironBuilder(path=path, method=method, data=body, content_type=kind, headers=headers).get_environ()
        run_wsgi_app(front, environ)
    managed_policies()
    front.control.reset()
