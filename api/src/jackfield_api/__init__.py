"""What Jackfield's API providers share: the HTTP client, errors, polling.

For authors of providers. No type of the HTTP library appears in what is exported here.
"""

from __future__ import annotations

from ._body import parse_json
from ._client import ApiClient, Reply, StreamedReply, Timeouts
from ._credentials import Credential
from ._poller import Poller
from ._retry_after import parse_retry_after
from ._status import NotFound
from ._text import shown

__all__ = [
    "ApiClient",
    "Credential",
    "NotFound",
    "Poller",
    "Reply",
    "StreamedReply",
    "Timeouts",
    "parse_json",
    "parse_retry_after",
    "shown",
]
