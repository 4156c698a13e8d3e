"""The conformance kit: give it a provider and it tries every promise of the contract.

It needs no test framework. In a test:

    async with replay(recorded, key="the-key") as remote:
        report = await check_provider(SPEC, {"base_url": remote.url}, context, remote=remote)
    assert not report.broken, str(report)
"""

from __future__ import annotations

from ._check import check_provider, promises
from ._decoder import check_decoder
from ._remote import RETRY_AFTER, Arrived, Remote, ShowingRemote
from ._replay import Replay, replay
from ._report import LeftOut, Outcome, Report

__all__ = [
    "RETRY_AFTER",
    "Arrived",
    "LeftOut",
    "Outcome",
    "Remote",
    "Replay",
    "Report",
    "ShowingRemote",
    "check_decoder",
    "check_provider",
    "promises",
    "replay",
]
