"""What else a log group may be given: a transformer of its events, masks of what is sensitive, access by bearer token.

It is kept and shown. No event is transformed or masked here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal
from provisioner.emulator.logs.model import GroupFacts, Groups, invalid

if TYPE_CHECKING:
    from types_boto3_logs import type_defs as aws

api = Api()

_PROCESSORS = 20


def _facts(call: AnyCall, identifier: str) -> GroupFacts:
    """What is kept of a log group, by its name or its ARN. Raises ResourceNotFoundException."""
    groups = call.store(Groups)
    name = identifier.removeprefix(call.place.arn("logs", "log-group:"))
    groups.group(name)
    return groups.facts_of(name)


@api.operation("PutTransformer")
def put_transformer(call: ApiCall[aws.PutTransformerRequestTypeDef]) -> Answer:
    facts, processors = _facts(call, call.params["logGroupIdentifier"]), call.params["transformerConfig"]
    if facts.log_class != "STANDARD":
        raise ApiRefusal("InvalidOperationException", "Transformers are supported for the Standard log class only.")
    if not any(name.startswith("parse") for name in processors[0]):
        raise invalid("The first processor of a transformer must be a parser.")
    if len(processors) > _PROCESSORS:
        raise invalid(f"A transformer can have at most {_PROCESSORS} processors.")
    facts.transformer = processors
    return {}


@api.operation("GetTransformer")
def get_transformer(call: ApiCall[aws.GetTransformerRequestTypeDef]) -> Answer:
    facts = _facts(call, call.params["logGroupIdentifier"])
    if facts.transformer is None:  # believed; AWS may as well answer with nothing
        raise ApiRefusal("ResourceNotFoundException", "The specified log group has no transformer.")
    return {"logGroupIdentifier": call.params["logGroupIdentifier"], "transformerConfig": facts.transformer}


@api.operation("DeleteTransformer")
def delete_transformer(call: ApiCall[aws.DeleteTransformerRequestTypeDef]) -> Answer:
    _facts(call, call.params["logGroupIdentifier"]).transformer = None
    return {}


@api.operation("PutDataProtectionPolicy")
def put_data_protection_policy(call: ApiCall[aws.PutDataProtectionPolicyRequestTypeDef]) -> Answer:
    facts, text = _facts(call, call.params["logGroupIdentifier"]), call.params["policyDocument"]
    try:
        operations = [next(iter(item["Operation"])) for item in json.loads(text)["Statement"]]
    except (ValueError, KeyError, TypeError, StopIteration) as problem:
        raise invalid("The policy document is not valid.") from problem
    if sorted(operations) != ["Audit", "Deidentify"]:
        raise invalid("A data protection policy has one statement that audits and one that deidentifies.")
    facts.data_protection = "ACTIVATED"
    return {"logGroupIdentifier": call.params["logGroupIdentifier"], "policyDocument": text}


@api.operation("DeleteDataProtectionPolicy")
def delete_data_protection_policy(call: ApiCall[aws.DeleteDataProtectionPolicyRequestTypeDef]) -> Answer:
    _facts(call, call.params["logGroupIdentifier"]).data_protection = "DELETED"
    return {}


@api.operation("PutBearerTokenAuthentication")
def put_bearer_token_authentication(call: ApiCall[aws.PutBearerTokenAuthenticationRequestTypeDef]) -> Answer:
    facts = _facts(call, call.params["logGroupIdentifier"])
    facts.bearer_tokens = call.params["bearerTokenAuthenticationEnabled"]
    return {}
