"""What `jackfield doctor` is told of a connection that drives a page."""

from __future__ import annotations

from ._machine_side import examine_web, forget_login

__all__ = [
    "examine_web",
    "forget_login",
]
