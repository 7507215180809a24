"""What SQS answers here. moto keeps the messages."""

from __future__ import annotations

from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.sqs import queues

SQS = EmulatedService(
    name="sqs",
    apis=(queues.api,),
    malformed="InvalidParameterValue",
    own_enums=frozenset({"QueueAttributeName"}),
    settings=queues.QueueSettings,
    without_lock=frozenset({"ReceiveMessage"}),  # a long poll waits in moto for a message that somebody else sends
    warm_up=("ListDeadLetterSourceQueues", {"QueueUrl": "/"}),
    moto=frozenset(
        {
            "SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "PurgeQueue",
            "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "ListDeadLetterSourceQueues",
        }
    ),
)  # fmt: skip
