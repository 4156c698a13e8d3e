"""A key that exists nowhere in the sources, so that finding it anywhere is a leak."""

from __future__ import annotations

import os

import pytest

from jackfield import Secret


@pytest.fixture
def key() -> Secret:
    """A key made at run time."""
    return Secret("canary-" + os.urandom(12).hex())
