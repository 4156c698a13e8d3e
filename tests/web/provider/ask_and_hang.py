"""A program that asks a chat page, says when the answer begins, and waits there for whoever kills it.

Usage: ask_and_hang.py OPTIONS TEXT
"""

from __future__ import annotations

import json
import sys

import anyio

from jackfield import TextDelta, connect


async def main(*arguments: str) -> None:
    options, text = arguments
    async with connect("custom_web", json.loads(options)) as connection, connection.stream(text) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                sys.stdout.write("answering\n")
                sys.stdout.flush()
                await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
