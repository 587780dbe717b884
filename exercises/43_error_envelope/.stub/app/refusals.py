"""Refusals: what the station says no to. A refusal knows its own status, code and headers."""

from collections.abc import Mapping
from types import MappingProxyType


class Refusal(Exception):
    """The station does not do what was asked. The text of the error is for people."""

    status: int = 409
    code: str = "refused"
    headers: Mapping[str, str] = MappingProxyType({})


class UnknownParcel(Refusal, LookupError):
    status = 404
    code = "unknown_parcel"


class NoFreeLocker(Refusal):
    code = "no_free_locker"


class StationOffline(Refusal):
    status = 503
    code = "station_offline"
    headers = MappingProxyType({"Retry-After": "120"})
