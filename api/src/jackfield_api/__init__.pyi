from ._body import parse_json
from ._client import ApiClient, Reply, StreamedReply
from ._credentials import Credential
from ._network import examine_network
from ._options import ApiOptions, Network, Trust
from ._poller import Poller
from ._proxies import Proxy
from ._requests import File, Timeouts
from ._retry_after import parse_retry_after
from ._signing import Signer, Unsigned
from ._status import NotFound, error_for, error_in
from ._text import shown

__all__ = [
    "ApiClient",
    "ApiOptions",
    "Credential",
    "File",
    "Network",
    "NotFound",
    "Poller",
    "Proxy",
    "Reply",
    "Signer",
    "StreamedReply",
    "Timeouts",
    "Trust",
    "Unsigned",
    "error_for",
    "error_in",
    "examine_network",
    "parse_json",
    "parse_retry_after",
    "shown",
]
