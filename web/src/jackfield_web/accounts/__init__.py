"""What outlasts a program: logins, what an account may send, and who has it. On disk, for its owner only."""

from __future__ import annotations

from ._allowance import Allowance
from ._cookie import Cookie
from ._cookies import named, read_login
from ._delivery import Again, Delivery, Traces, fate_if_cut_off, nothing_sent
from ._file_store import FileStore, state_directory
from ._locks import FileLock
from ._outbox import Kept, LeftMessage, Outbox
from ._own_store import LastingStore, timely
from ._secure_files import private_directory, read_private, write_private
from ._sessions import HeldSession, SavedSession, SessionStore
from ._state import StorageState, login_of_item
from ._store import KINDS, Kind, Lease, Store, leased

__all__ = [
    "KINDS",
    "Again",
    "Allowance",
    "Cookie",
    "Delivery",
    "FileLock",
    "FileStore",
    "HeldSession",
    "Kept",
    "Kind",
    "LastingStore",
    "Lease",
    "LeftMessage",
    "Outbox",
    "SavedSession",
    "SessionStore",
    "StorageState",
    "Store",
    "Traces",
    "fate_if_cut_off",
    "leased",
    "login_of_item",
    "named",
    "nothing_sent",
    "private_directory",
    "read_login",
    "read_private",
    "state_directory",
    "timely",
    "write_private",
]
