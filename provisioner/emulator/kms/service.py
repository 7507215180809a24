"""What KMS answers here. moto keeps the keys, and answers everything else."""

from __future__ import annotations

from provisioner.emulator.core.service import EVERYTHING, EmulatedService
from provisioner.emulator.kms import aliases, keys, model

KMS = EmulatedService(
    name="kms",
    apis=(keys.api, aliases.api),
    malformed="ValidationException",
    warm_up=("GenerateRandom", {"NumberOfBytes": 1}),
    moto=EVERYTHING,
    catch_up=model.delete_due,
)
