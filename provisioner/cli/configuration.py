"""From the common options to a configuration, unless what is wrong with it stops the command."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from provisioner import blueprint
from provisioner.cli.options import Common
from provisioner.engine.errors import ConfigError


def configuration(path: Path, environment: str) -> blueprint.Config:
    """What the file at ``path`` says of ``environment``. ``ConfigError`` where nothing can be built of it."""
    file = blueprint.read(path)
    config = file.load(environment)
    if flaws := blueprint.refusals(config, date.today()):
        raise file.refusal(flaws, environment)
    return config


def sound_configuration(common: Common) -> blueprint.Config:
    """The same, but ``ConfigError`` also where ``validate`` has errors: what AWS would take, and nobody wants.

    AWS is not asked, so that this is said also where there are no credentials.
    """
    config = configuration(common.config, common.environment)  # refuses in its own words what cannot be built at all
    refused = blueprint.lint(common.config, date.today(), common.environment).refused(common.environment)
    if refused:
        count = "one error" if len(refused) == 1 else f"{len(refused)} errors"
        raise ConfigError(
            f"{common.config} is refused for {common.environment}: {count}",
            details=[line for item in refused for line in (str(item), f"  {item.fix}")],
            remedy="Nothing was touched. `python -m provisioner validate` says why each of them matters.",
        )
    return config
