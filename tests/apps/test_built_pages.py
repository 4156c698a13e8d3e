"""Chat pages of npm packages that are not ours; `site check` alone describes them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from http.server import SimpleHTTPRequestHandler
from typing import Any

import pytest

from jackfield import connect
from jackfield_web import BrowserSettings
from jackfield_web.drafting import check_site

BUILT = os.environ.get("JACKFIELD_TEST_PAGES")
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(280, func_only=True),
    pytest.mark.skipif(not BUILT, reason="`nox -s npm-pages` builds the pages"),
]
PIECES = 40


def answer_to(text: str) -> str:
    """Return what is answered: the same in kind, another each time."""
    points = f"- you said *{text}*\n- and `{text[::-1]}` backwards"
    return f"# On {len(text)} letters\n\n{points}\n\nThat is all of it."


class Pages(SimpleHTTPRequestHandler):
    """Serves the built pages, and answers each as its own wire has it, a few letters at a time."""

    def __init__(self, *request: Any) -> None:
        super().__init__(*request, directory=BUILT)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_deep_chat = self.path == "/deep-chat"
        text = asked["messages"][-1]["text"] if is_deep_chat else asked["text"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if is_deep_chat else "application/x-ndjson")
        self.end_headers()
        said = answer_to(text)
        for start in range(0, len(said), PIECES):
            piece = said[start : start + PIECES]
            line = f"data: {json.dumps({'text': piece})}\n" if is_deep_chat else json.dumps({"delta": piece})
            self.wfile.write(f"{line}\n".encode())
            self.wfile.flush()


@pytest.fixture(scope="module")
def pages(serving: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """Serve the pages on loopback."""
    with serving(Pages) as address:
        yield address


@pytest.mark.parametrize("name", ["assistant-ui", "deep-chat"])
async def test_a_draft_reads_to_the_byte(name: str, pages: str, options: Mapping[str, Any]) -> None:
    """A Site drafted from one question, in a shadow root or not, reads the next answers as they are."""
    settings = BrowserSettings(browser=options["browser"], host_rules=options["host_rules"])
    checked = await check_site(f"{pages}/{name}.html", settings, message="What is a jackfield?")

    assert checked.lacks == ""
    async with connect("custom_web", {**options, "site": checked.drafted}) as connection:
        conversation = connection.conversation()
        for question in ("Why?", "And then?"):
            assert (await conversation.send(question)).content == answer_to(question)
