"""Faults in OpenAI's shape, the same on each of the vendor's wires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jackfield_gateway._fault import Fault, Kind

_WORDS: Final[Mapping[Kind, tuple[str, str]]] = {
    "context": ("invalid_request_error", "context_length_exceeded"),
    "token": ("invalid_request_error", "invalid_api_key"),
    "login": ("invalid_request_error", "login_required"),
    "permission": ("invalid_request_error", "permission_denied"),
    "quota": ("insufficient_quota", "insufficient_quota"),
    "rate": ("requests", "rate_limit_exceeded"),
    "model": ("invalid_request_error", "model_not_found"),
    "refused": ("invalid_request_error", "content_filter"),
    "busy": ("server_error", "server_error"),
    "uncertain": ("server_error", "submission_uncertain"),
    "timeout": ("server_error", "timeout"),
    "withdrawn": ("server_error", "text_withdrawn"),
    "internal": ("server_error", "internal_error"),
}


def error_body(fault: Fault) -> dict[str, Any]:
    """Return a fault as the vendor tells it."""
    kind, code = _WORDS.get(fault.kind, ("invalid_request_error", fault.kind))
    return {"error": {"message": fault.message, "type": kind, "param": fault.param, "code": code}}
