"""The attributes of a topic, which also tell whether it is there: one call answers for it and for its subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.engine.reconciler import Memo, World

if TYPE_CHECKING:
    from types_boto3_sns.type_defs import GetTopicAttributesResponseTypeDef


def topic_attributes(world: World, memo: Memo, arn: str) -> dict[str, str] | None:
    """The attributes of the topic ``arn``; ``None`` where there is none."""

    def ask() -> dict[str, str] | None:
        answer: GetTopicAttributesResponseTypeDef | None = world.find("sns", "GetTopicAttributes", TopicArn=arn)
        return answer["Attributes"] if answer else None

    return memo.once(f"topic {arn}", ask)
