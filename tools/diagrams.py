"""Draw the diagrams of the docs: one request's way, the states, the house.

    python tools/diagrams.py    # writes house.svg, request.svg and states.svg; a test fails when one is stale

They are pictures and no text for a script to draw, since the site loads no script from elsewhere. They are
narrow, since a telephone shows them as wide as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

import attrs

PICTURES: Final = Path(__file__).parents[1] / "docs/pictures"
WIDTH: Final = 480
_MARGIN, _GAP, _LINE = 20, 22, 17
_PLAIN, _OURS, _OUTSIDE, _GOOD = "#f3f4f6", "#dbeafe", "#fef3c7", "#dcfce7"
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#1f2937}.name{font-weight:600}"
    ".side{font-size:12px;fill:#4b5563}"
    "path{stroke:#4b5563;stroke-width:1.5;fill:none;marker-end:url(#to)}"
    "rect{stroke:#9ca3af}"
)
_HEAD: Final = (
    '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0 0L8 4L0 8" style="marker-end:none"/></marker></defs>'
)
"""The head of an arrow."""


@attrs.frozen
class Box:
    """A box with a name and what is told of it, one text a line."""

    name: str
    told: Sequence[str] = ()
    fill: str = _PLAIN

    @property
    def height(self) -> int:
        """How high it is."""
        return 28 + _LINE * len(self.told)

    def drawn(self, x: int, y: int, width: int) -> Iterator[str]:
        """Yield what draws it there."""
        yield f'<rect x="{x}" y="{y}" width="{width}" height="{self.height}" rx="6" fill="{self.fill}"/>'
        yield text(x + 12, y + 19, self.name, "name")
        for number, line in enumerate(self.told, 1):
            yield text(x + 12, y + 19 + _LINE * number, line)


def text(x: int, y: int, said: str, kind: str = "") -> str:
    """Return what writes a line there."""
    return f'<text x="{x}" y="{y}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}>{escape(said)}</text>'


def arrow(*points: tuple[int, int]) -> str:
    """Return what draws an arrow through some points."""
    return f'<path d="M{" L".join(f"{x} {y}" for x, y in points)}"/>'


def stacked(boxes: Sequence[Box], x: int, y: int, width: int) -> tuple[list[str], int]:
    """Draw boxes below one another, with arrows between them; return the drawing and where it ends."""
    drawn: list[str] = []
    for number, box in enumerate(boxes):
        if number:
            drawn.append(arrow((x + width // 2, y - _GAP), (x + width // 2, y - 3)))
        drawn += box.drawn(x, y, width)
        y += box.height + _GAP
    return drawn, y - _GAP


def picture(title: str, drawn: Sequence[str], height: int) -> str:
    """Return a whole picture; its ground is white, for readers in the dark."""
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        _HEAD,
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#fff" style="stroke:none"/>',
        *drawn,
        "</svg>\n",
    )
    return "\n".join(lines)


WAY: Final = (
    Box("Connection.send · stream", ("what the caller has; stamps every error",), _OURS),
    Box("Run", ("one operation; caches, guards, traces round it",)),
    Box("Plan", ("what is refused, what is left out and told",)),
    Box("Attempts", ("the deadline, and the one layer that sends again",)),
    Box("Slots → Gate → Login", ("the queue; waits and the breaker; the key",)),
    Box("Provider.stream", ("the one method that a provider writes",), _OURS),
    Box("The wire", ("an API by HTTP, a chat page by the bridge", "into the browser"), _OUTSIDE),
    Box("Decoder", ("bytes or frames → events; no I/O",), _OURS),
)


def request() -> str:
    """Draw one request's way: down to the remote, and its events back."""
    width = 372
    drawn, end = stacked(WAY, _MARGIN, _MARGIN, width)
    right, last, first = _MARGIN + width, end - WAY[-1].height // 2, _MARGIN + WAY[0].height // 2
    drawn.append(arrow((right, last), (right + 34, last), (right + 34, first), (right + 3, first)))
    x, y = right + 52, (first + last) // 2
    back = "events, each as it comes: seen by Attempts, folded, told, handed out"
    drawn.append(f'<text transform="translate({x} {y}) rotate(-90)" text-anchor="middle">{back}</text>')
    return picture("One request's way", drawn, end + _MARGIN)


LADDER: Final[Mapping[str, tuple[str, str]]] = {
    "authentication_required": ("No valid login?", "only a new one leads out, never time"),
    "initializing": ("Being opened?", "soon"),
    "inactive": ("Not open?", "requests fail: ProviderClosed"),
    "error": ("Failed too often?", "requests wait for one probe"),
    "rate_limited": ("Asked to wait?", "we do, for all requests"),
    "busy": ("All slots taken?", "the next request queues"),
    "active": ("", "ready"),
}
"""The states, the first that fits; and what leads to each."""

STAGES: Final = {
    "prepared": "nothing was done that could send it",
    "pressed": "the send control was pressed, or may have been",
    "evident": "something shows that it went",
    "answering": "something of its answer was told",
    "over": "its answer is complete, or was stopped",
}


def states() -> str:
    """Draw how a connection's state is told, and how a message's to a page goes."""
    drawn, y = [text(_MARGIN, 34, "A connection: the first that fits", "name")], 50
    for number, (state, (asked, told)) in enumerate(LADDER.items()):
        box = Box(state, (told,), _GOOD if state == "active" else _PLAIN)
        drawn += box.drawn(200, y, WIDTH - 200 - _MARGIN)
        middle = y + box.height // 2
        if asked:
            drawn += [text(_MARGIN, middle + 4, asked), arrow((146, middle), (197, middle))]
            drawn += [text(160, middle - 6, "yes", "side")]
            drawn += [arrow((66, middle + 12), (66, middle + box.height + 12 - 18))]
            drawn += [text(74, middle + 34, "no", "side")] if number < len(LADDER) - 2 else []
        else:
            drawn += [text(_MARGIN, middle + 4, "None of them"), arrow((146, middle), (197, middle))]
        y += box.height + 14
    y += 30
    drawn.append(text(_MARGIN, y, "A message to a chat page", "name"))
    more, end = stacked([Box(name, (told,)) for name, told in STAGES.items()], _MARGIN, y + 16, 340)
    back = y + 16 + Box("", ("",)).height // 2
    beside = _MARGIN + 340
    once = back + Box("", ("",)).height + _GAP
    more.append(arrow((beside, once), (beside + 30, once), (beside + 30, back), (beside + 3, back)))
    more += [
        text(beside + 38, back + 26, "again only", "side"),
        text(beside + 38, back + 41, "by proof", "side"),
    ]
    return picture("The states", [*drawn, *more], end + _MARGIN)


def house() -> str:
    """Draw what stands on what: each row knows those below it."""
    inner = WIDTH - 2 * _MARGIN
    half = (inner - 16) // 2
    drawn: list[str] = []
    y = _MARGIN
    rows = (
        (
            Box("cli", ("the jackfield command",), _OUTSIDE),
            Box("gateway", ("jackfield serve",), _OUTSIDE),
        ),
        (
            Box("plugins/*_api", ("openai · anthropic", "gemini · codegen"), _OURS),
            Box("plugins/*_web", ("claude · zai · custom", "(any page)"), _OURS),
        ),
        (
            Box("api", ("HTTP, events, polling",)),
            Box("web", ("the browser, pages, logins",)),
        ),
    )
    for number, row in enumerate(rows):
        for at, box in enumerate(row):
            drawn += box.drawn(_MARGIN + at * (half + 16), y, half)
        y += row[0].height
        middles = (_MARGIN + half // 2, _MARGIN + half + 16 + half // 2)
        if number == 0:
            drawn += [text(middles[0] + 10, y + 20, "through discovery only", "side")]
            drawn += [f'<g stroke-dasharray="4 3">{arrow((x, y), (x, y + 31))}</g>' for x in middles]
            y += 34
        else:
            drawn += [arrow((x, y), (x, y + _GAP - 3)) for x in middles]
            y += _GAP
    core = Box("core: jackfield", ("the contract and the exchange; knows no wire",), _GOOD)
    drawn += core.drawn(_MARGIN, y, inner)
    y += core.height + 26
    drawn.append(text(_MARGIN, y, "Beside it, on the core alone or on nothing", "name"))
    y += 12
    beside = (
        Box(
            "plugins/otel, plugins/prices", ("what goes over the seam: spans, metrics, an estimate of costs",)
        ),
        Box("playground", ("stand-ins of the remotes on this machine",)),
        Box("stealth", ("on web: measures what pages see of a browser",)),
    )
    for box in beside:
        drawn += box.drawn(_MARGIN, y, inner)
        y += box.height + 8
    return picture("The house", drawn, y - 8 + _MARGIN)


DIAGRAMS: Final = {"request.svg": request, "states.svg": states, "house.svg": house}


if __name__ == "__main__":
    for name, draw in DIAGRAMS.items():
        (PICTURES / name).write_text(draw(), encoding="utf-8")
        print(f"{PICTURES / name} drawn")  # noqa: T201
