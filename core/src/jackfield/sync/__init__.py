"""Jackfield for programs without an event loop: scripts, notebooks, threads.

    from jackfield.sync import connect

    with connect("codegen_api") as connection:
        print(connection.send("Hello").content)
        with connection.stream("Hello") as stream:
            for text in stream.text:
                print(text, end="")

Everything is named as in `jackfield` and does the same; each call blocks the thread that makes it until it is
done. A manager, and each `connect`, runs one event loop in a thread of its own, however many connections,
requests and threads use it. So it works inside of a running event loop too, as in a notebook; there it blocks
that loop. Ctrl-C ends what is waited for, at the remote too where it can be stopped.

Everything here may be used from several threads at once; a stream is read by one of them.
"""

from __future__ import annotations

from ._choice import Batch, Choice
from ._connection import Connection
from ._manager import ProviderManager, connect
from ._stream import Conversation, ResponseStream

__all__ = [
    "Batch",
    "Choice",
    "Connection",
    "Conversation",
    "ProviderManager",
    "ResponseStream",
    "connect",
]
