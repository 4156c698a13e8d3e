"""What Jackfield's web providers share: the browser host, sessions, pages and reading a reply."""

from __future__ import annotations

from ._cookie import Cookie
from ._cookies import read_login
from ._deadline import deadline
from ._errors import (
    BrowserCrashed,
    BrowserError,
    LaunchFailed,
    ModelLocked,
    NavigationRefused,
    PageChanged,
    PageClosed,
    PageCrashed,
    PageOutdated,
    ProfileInUse,
    SessionCorrupt,
    SessionLocked,
    SessionStoreError,
    SessionUnwritable,
)
from ._examining import examine_web
from ._file_store import FileStore, state_directory
from ._finding import FoundBrowser, find_browser, install_command
from ._host import BrowserHost
from ._identity import Identity
from ._input import InputDriver, PlainInput
from ._origins import Origins
from ._outbox import LeftMessage
from ._pages import BrowserSession, PageHandle
from ._plugin import WebPlugin
from ._provider import open_site
from ._reading import (
    PageReader,
    Reply,
    Submission,
    html_to_markdown,
    stop,
    submit,
)
from ._refusing import KnownRefusal, Refusal, Refusals, error_in, refusal
from ._remote_browser import RemoteBrowser
from ._sessions import HeldSession, SessionStore
from ._settings import BrowserSettings
from ._sharing import lend_host
from ._site import (
    Addresses,
    Composer,
    LoginStep,
    Reading,
    Selectors,
    Site,
)
from ._site_files import SiteFile, known_sites, newest_site, own_sites
from ._site_loading import build_site, load_site
from ._site_picker import ModelPicker
from ._site_spec import ChatSite, SiteOptions
from ._site_timing import Timing
from ._site_wires import Rule, WirePattern
from ._stealth_browser import StealthBrowser
from ._storage_state import StorageState
from ._store import Kind, Lease, Store
from ._stream import HostStream
from ._web_options import WebOptions
from ._wires import (
    DecoderFactory,
    Ending,
    Framing,
    GradioDecoder,
    Record,
    RulesDecoder,
    Transcript,
    changes,
    decoder_for,
    framing_for,
    json_or_text,
    malformed,
    pick,
    usage_of,
    words_of,
)
from ._wish import capabilities_of

__all__ = [
    "Addresses",
    "BrowserCrashed",
    "BrowserError",
    "BrowserHost",
    "BrowserSession",
    "BrowserSettings",
    "ChatSite",
    "Composer",
    "Cookie",
    "DecoderFactory",
    "Ending",
    "FileStore",
    "FoundBrowser",
    "Framing",
    "GradioDecoder",
    "HeldSession",
    "HostStream",
    "Identity",
    "InputDriver",
    "Kind",
    "KnownRefusal",
    "LaunchFailed",
    "Lease",
    "LeftMessage",
    "LoginStep",
    "ModelLocked",
    "ModelPicker",
    "NavigationRefused",
    "Origins",
    "PageChanged",
    "PageClosed",
    "PageCrashed",
    "PageHandle",
    "PageOutdated",
    "PageReader",
    "PlainInput",
    "ProfileInUse",
    "Reading",
    "Record",
    "Refusal",
    "Refusals",
    "RemoteBrowser",
    "Reply",
    "Rule",
    "RulesDecoder",
    "Selectors",
    "SessionCorrupt",
    "SessionLocked",
    "SessionStore",
    "SessionStoreError",
    "SessionUnwritable",
    "Site",
    "SiteFile",
    "SiteOptions",
    "StealthBrowser",
    "StorageState",
    "Store",
    "Submission",
    "Timing",
    "Transcript",
    "WebOptions",
    "WebPlugin",
    "WirePattern",
    "build_site",
    "capabilities_of",
    "changes",
    "deadline",
    "decoder_for",
    "error_in",
    "examine_web",
    "find_browser",
    "framing_for",
    "html_to_markdown",
    "install_command",
    "json_or_text",
    "known_sites",
    "lend_host",
    "load_site",
    "malformed",
    "newest_site",
    "open_site",
    "own_sites",
    "pick",
    "read_login",
    "refusal",
    "state_directory",
    "stop",
    "submit",
    "usage_of",
    "words_of",
]
