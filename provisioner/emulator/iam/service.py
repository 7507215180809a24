"""What IAM answers here. moto keeps the roles, and answers everything else."""

from __future__ import annotations

from provisioner.emulator.core.service import EVERYTHING, EmulatedService
from provisioner.emulator.iam import roles

IAM = EmulatedService(
    name="iam",
    apis=(roles.api,),
    malformed="ValidationError",
    warm_up=("ListRoles", {}),
    prepare=roles.managed_policies,
    moto=EVERYTHING,
)
