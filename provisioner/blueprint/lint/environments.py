"""What is known of an environment by its name."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.aws.regions import nearest, partitions
from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.lint.subject import Subject

_IN_EARNEST = ("prod", "production", "live")


def unprotected(subject: Subject) -> Iterator[Flaw]:
    """An environment that is called what the real one usually is, and that anybody may tear down."""
    environment = subject.config.environment
    if environment in _IN_EARNEST and not subject.config.protected:
        yield Flaw(
            ("environments", environment),
            f"the environment {environment} is not protected",
            "Nothing but a question stands between a teardown and its log groups, its key and its queues.",
            f"Write protected = true below [environments.{environment}].",
            "warning",
        )


def unknown_region(subject: Subject) -> Iterator[Flaw]:
    """A Region that this version does not know: a slip, or newer than it."""
    for index, region in enumerate(subject.config.platform.regions):
        if region not in partitions():
            yield Flaw(
                ("platform", "regions", index),
                f"{region} is no Region that this version knows",
                "If there is no such Region nothing can be reached; of a new one the partition is guessed by its name.",
                f"The nearest are {', '.join(nearest(region))}.",
                "warning",
            )
