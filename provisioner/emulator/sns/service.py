"""What SNS answers here; nothing is left to moto."""

from __future__ import annotations

from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.sns import publish, subscriptions, topics

SNS = EmulatedService(
    name="sns",
    apis=(topics.api, subscriptions.api, publish.api),
    malformed="InvalidParameter",
    warm_up=("ListTopics", {}),
    controls={"subscriptions": subscriptions.decide},
)
