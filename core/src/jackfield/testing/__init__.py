"""The conformance kit: give it a provider and it tries every promise of the contract.

It needs no test framework. In a test:

    outcomes = await check_provider(SPEC, {"base_url": server.url}, context)
    assert not [outcome for outcome in outcomes if not outcome.passed]
"""

from __future__ import annotations

from ._check import Outcome, check_provider

__all__ = ["Outcome", "check_provider"]
