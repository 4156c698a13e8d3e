"""Record hands in a real page, compare them with people, and write docs/human-input.md's figures and plot."""

from __future__ import annotations

import argparse
import json
import os
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
from human_input.figures import Figure, Seen, of_the_hand, of_the_page
from human_input.recording import PAGE, Recording, drawn, point, write
from jackfield_web import BrowserHost, BrowserSettings
from jackfield_web.hands import HumanInput

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


def table(drawn_ones: Seen, seen: Seen) -> tuple[str, bool]:
    """Return the figures as a table, and whether all of them fit."""
    both = list(zip(of_the_hand(drawn_ones), of_the_hand(seen), strict=True))
    own = list(of_the_page(seen))
    lines = ["| figure | people | drawn | a page sees |", "|---|---|---|---|"]
    lines += [f"| {ours.name} | {ours.people} | {_told(ours)} | {_told(page)} |" for ours, page in both]
    lines += [f"| {page.name} | {page.people} | | {_told(page)} |" for page in own]
    fits = all(each.fits for pair in both for each in pair) and all(each.fits for each in own)
    return "\n".join(lines) + "\n", fits


def _told(figure: Figure) -> str:
    return figure.seen if figure.fits else f"{figure.seen} (does not fit)"


def publish(page: Path, seen: Seen, load: float, figures: str) -> None:
    """Put the figures between their marks in *page*."""
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    keys = sum(len(each.holds) for each in seen.typed)
    counted = (
        f"{len(seen.aimed)} movements and {keys:,} keys of {len(seen.recordings)} hands, recorded while "
        f"{load:.0f} programs wanted {os.cpu_count()} cores.\n\n"
    )
    page.write_text(before + _BEGIN + counted + figures + _END + rest.partition(_END)[2], "utf-8")


def main() -> int:
    """Record, or read recordings; return 1 if a figure is out of its tolerance."""
    parser = argparse.ArgumentParser(prog="human_input", description=__doc__)
    parser.add_argument("--hands", type=int, default=10)
    parser.add_argument("--clicks", type=int, default=50, help="of each hand")
    parser.add_argument("--keys", type=int, default=500, help="of each hand")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--recordings", type=Path, help="where they are kept; read if they are there")
    asked = parser.parse_args()
    if asked.recordings and asked.recordings.exists():
        load, kept = json.loads(asked.recordings.read_text("utf-8"))
        seen = Seen([Recording(events) for events in kept])
    else:
        seen = anyio.run(record, asked.hands, asked.clicks, asked.keys, asked.at_once)
        load = os.getloadavg()[1]
        if asked.recordings:
            kept = [load, [each.events for each in seen.recordings]]
            asked.recordings.write_text(json.dumps(kept), "utf-8")
    hands = range(len(seen.recordings))
    figures, fits = table(Seen([drawn(seed, asked.clicks, asked.keys) for seed in hands]), seen)
    print(figures)
    draw(seen, DOCS / "pictures/human-input.svg")
    publish(DOCS / "human-input.md", seen, load, figures)
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
