"""What we want: ``platform.toml``, validated, as a list of resources.

::

    config = load(Path("platform.toml"), "dev")                   # ConfigError: every finding with its line
    blueprint = resources(config, scope, build_bundles(config))   # .resources, .notes
    report = lint(Path("platform.toml"), date.today())            # what AWS would take and nobody would want, too

Where things are: ``schema`` (what a file may say), ``checks`` (what it may not say), ``lint`` (what it should not say),
``names`` (what things are called), ``build`` (everything put together), and one module for each part of the platform.
"""

from __future__ import annotations

from provisioner.blueprint.file.findings import Finding, Flaw
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.lint import Report, lint
from provisioner.blueprint.load import load, read
from provisioner.blueprint.parts.build import Blueprint, build_bundles, function_names, resources
from provisioner.blueprint.parts.names import Names
from provisioner.blueprint.parts.outputs import outputs
from provisioner.blueprint.parts.places import places

__all__ = [
    "Blueprint",
    "Config",
    "Finding",
    "Flaw",
    "Names",
    "Report",
    "build_bundles",
    "function_names",
    "lint",
    "load",
    "outputs",
    "places",
    "read",
    "resources",
]
