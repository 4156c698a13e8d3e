"""Record hands in a real page, compare them with people, and write docs/human-input.md's figures and plot."""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import anyio

from human_input.drawing import draw
from human_input.figures import Figure, Seen, figures
from human_input.recording import PAGE, Recording, point, write
from jackfield_web import BrowserHost, BrowserSettings
from jackfield_web.human import HumanInput

DOCS: Final = Path(__file__).parents[2] / "docs"
LOOPBACK_ONLY: Final = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
_BEGIN, _END = "<!-- figures: nox -s human -->\n", "<!-- end of figures -->\n"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""


@contextmanager
def recorder() -> Iterator[str]:
    """Serve the recording page on loopback for the length of a block; return its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


async def record(hands: int, clicks: int, keys: int, at_once: int) -> Seen:
    """Have *hands* hands click and type in real pages, *at_once* at a time."""
    recordings: dict[int, Recording] = {}
    room = anyio.Semaphore(at_once)
    with recorder() as url:
        async with (
            BrowserHost(BrowserSettings(host_rules=LOOPBACK_ONLY)) as host,
            anyio.create_task_group() as tasks,
        ):

            async def one(seed: int) -> None:
                async with room, host.session() as session, session.page() as page:
                    recordings[seed] = await page.call(_use, url, seed, clicks, keys)
                    print(f"hand {seed} is recorded", file=sys.stderr)

            for seed in range(hands):
                tasks.start_soon(one, seed)
    return Seen([recordings[seed] for seed in sorted(recordings)])


async def _use(page: Any, url: str, seed: int, clicks: int, keys: int) -> Recording:
    hand = HumanInput("person", seed=seed)
    await hand.navigate(page, url)
    await point(page, hand, clicks + 1, random.Random(seed))
    await write(page, hand, keys)
    recording = await Recording.taken(page)
    # The click that takes the hand to the text area belongs to no figure.
    last = max(at for at, (name, *_) in enumerate(recording.events) if name == "pointerdown")
    return Recording(
        [event for at, event in enumerate(recording.events) if at < last or event[0].startswith("key")]
    )


def table(found: list[Figure]) -> str:
    """Return the figures as a table."""
    lines = ["| figure | people | the page sees | fits |", "|---|---|---|---|"]
    lines += [
        f"| {each.name} | {each.people} | {each.seen} | {'yes' if each.fits else 'no'} |" for each in found
    ]
    return "\n".join(lines) + "\n"


def publish(page: Path, seen: Seen, found: list[Figure]) -> None:
    """Put the figures between their marks in *page*."""
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    keys = sum(len(each.holds) for each in seen.typed)
    counted = f"{len(seen.aimed)} movements and {keys:,} keys of {len(seen.recordings)} hands.\n\n"
    page.write_text(before + _BEGIN + counted + table(found) + _END + rest.partition(_END)[2], "utf-8")


def main() -> int:
    """Record or read recordings; return 1 if a figure is out of its tolerance."""
    parser = argparse.ArgumentParser(prog="human_input", description=__doc__)
    parser.add_argument("--hands", type=int, default=10)
    parser.add_argument("--clicks", type=int, default=50, help="of each hand")
    parser.add_argument("--keys", type=int, default=500, help="of each hand")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--recordings", type=Path, help="where they are kept; read if they are there")
    asked = parser.parse_args()
    if asked.recordings and asked.recordings.exists():
        seen = Seen([Recording(events) for events in json.loads(asked.recordings.read_text("utf-8"))])
    else:
        seen = anyio.run(record, asked.hands, asked.clicks, asked.keys, asked.at_once)
        if asked.recordings:
            asked.recordings.write_text(json.dumps([each.events for each in seen.recordings]), "utf-8")
    found = list(figures(seen))
    print(table(found))
    draw(seen, DOCS / "pictures/human-input.svg")
    publish(DOCS / "human-input.md", seen, found)
    return 0 if all(each.fits for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
