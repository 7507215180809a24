"""From a configuration to the resources that should exist, one module for each part of the platform."""
