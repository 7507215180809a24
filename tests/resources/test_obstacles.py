"""What AWS would not let go, or others still use: known before the first removal, and the rest is done."""

from __future__ import annotations

from dataclasses import replace

from tests.resources.compute import ROLE, XRAY
from tests.resources.driver import Platform


def test_a_role_goes_with_its_boundary(platform: Platform) -> None:
    """Where boundaries are guarded, nobody may take one off."""
    guarded = replace(ROLE, boundary=XRAY)
    platform.converge([guarded])
    platform.control("POST", "faults", service="iam", operation="DeleteRolePermissionsBoundary", code="AccessDenied")
    platform.apply(platform.teardown([guarded]))
    assert platform.client("iam").list_roles()["Roles"] == []
