"""What we want: ``platform.toml``, as a list of resources, and as what others may ask of each.

::

    config = load(Path("platform.toml"), "dev")               # ConfigError: every value of the wrong kind
    refusals(config, date.today())                            # why nothing can be built of it; [] is good
    blueprint = build(config, scope, build_bundles(config))   # .resources, .notes, .place(address) ...
    report = lint(Path("platform.toml"), date.today())        # everything about every environment of the file

``file`` reads and locates, ``parts`` turns the file into what should exist, ``lint`` judges. Loading checks nothing but
the schema; what a finding stops is for the commands to say.
"""

from __future__ import annotations

from provisioner.blueprint.file.findings import Finding, Flaw, dotted
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.lint import LintReport, lint, refusals
from provisioner.blueprint.load import File, load, read
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.build import build, build_bundles
from provisioner.blueprint.parts.declared import Declared, Theirs
from provisioner.blueprint.parts.outputs import outputs

__all__ = [
    "Blueprint",
    "Config",
    "Declared",
    "File",
    "Finding",
    "Flaw",
    "LintReport",
    "Theirs",
    "build",
    "build_bundles",
    "dotted",
    "lint",
    "load",
    "outputs",
    "read",
    "refusals",
]
