"""The conformance kit: give it a provider and it tries every promise of the contract.

It needs no test framework. In a test:

    findings = await check_provider(SPEC, {"base_url": server.url}, context)
    assert not [finding for finding in findings if not finding.passed]
"""

from __future__ import annotations

from ._check import Finding, check_provider

__all__ = ["Finding", "check_provider"]
