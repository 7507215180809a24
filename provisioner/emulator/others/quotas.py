"""Service Quotas: the values of a fresh account for what this platform's calls depend on."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.service import EmulatedService

api = Api()

SERVICE_QUOTAS = EmulatedService(
    name="service-quotas",
    apis=(api,),
    malformed="IllegalArgumentException",
    warm_up=("ListServiceQuotas", {"ServiceCode": "xray"}),
)

_PAGE = 100
_RATE, _COUNT = "per second", "count"

# CloudWatch, CloudWatch Logs and X-Ray: "Endpoints and quotas" (AWS General Reference).
# Service -> quota code -> its name, its value, what it counts, and whether it may be raised.
_QUOTAS: dict[str, dict[str, tuple[str, float, str, bool]]] = {
    "monitoring": {
        "L-0720E68F": ("Rate of PutMetricAlarm requests", 3, _RATE, True),
        "L-515B0B71": ("Rate of PutCompositeAlarm requests", 3, _RATE, True),
        "L-21CB40A4": ("Rate of DescribeAlarms requests", 9, _RATE, True),
        "L-6753900D": ("Rate of PutDashboard requests", 10, _RATE, True),
        "L-E82C279D": ("Rate of GetDashboard requests", 10, _RATE, True),
        "L-69C44FFD": ("Rate of ListDashboards requests", 10, _RATE, True),
        "L-E1508405": ("Rate of DeleteDashboards requests", 10, _RATE, True),
    },
    "logs": {
        "L-D2832119": ("CreateLogGroup throttle limit in transactions per second", 10, _RATE, True),
        "L-07A912D5": ("DeleteLogGroup throttle limit in transactions per second", 10, _RATE, True),
        "L-4284EEDE": ("DescribeLogGroups throttle limit in transactions per second", 10, _RATE, True),
    },
    "xray": {"L-8C0C998A": ("Custom sampling rules per region", 25, _COUNT, True)},
}


class _Listing(TypedDict):
    ServiceCode: str
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class _Named(TypedDict):
    ServiceCode: str
    QuotaCode: str


def _shown(place: Place, service: str, code: str) -> dict[str, object]:
    name, value, unit, adjustable = _QUOTAS[service][code]
    return {
        "ServiceCode": service,
        "ServiceName": service,
        "QuotaArn": place.arn("servicequotas", f"{service}/{code}"),
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": adjustable,
        "GlobalQuota": False,
        "Period": {"PeriodValue": 1, "PeriodUnit": "SECOND"} if unit == _RATE else None,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


@api.operation("ListServiceQuotas", "ListAWSDefaultServiceQuotas")
def list_quotas(call: ApiCall[_Listing]) -> Answer:
    service = call.params["ServiceCode"]
    if service not in _QUOTAS:
        raise ApiRefusal("NoSuchResourceException", f"Service {service} is unknown.")
    shown, more = page(
        _QUOTAS[service],
        str,
        token=call.params.get("NextToken"),
        size=call.params.get("MaxResults", _PAGE),
        bad_token=ApiRefusal("InvalidPaginationTokenException", "Invalid token."),
    )
    return {"Quotas": [_shown(call.place, service, code) for code in shown], "NextToken": more}


@api.operation("GetServiceQuota", "GetAWSDefaultServiceQuota")
def get_quota(call: ApiCall[_Named]) -> Answer:
    service, code = call.params["ServiceCode"], call.params["QuotaCode"]
    if code not in _QUOTAS.get(service, {}):
        raise ApiRefusal("NoSuchResourceException", f"The quota {service} {code} does not exist.")
    return {"Quota": _shown(call.place, service, code)}
