"""What becomes of a request on a described page is told without a browser."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from jackfield import (
    Capability,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    Unsupported,
    Url,
    connect,
)
from jackfield_web import capabilities_of
from jackfield_web.site import build_site

pytestmark = pytest.mark.anyio

BARE: dict[str, Any] = {
    "name": "bare",
    "version": "2026-11-01",
    "base_url": "http://127.0.0.1:9",
    "selectors": {"chat_input": "#in", "response_area": ".answer", "busy": ".busy"},
}
FULL: dict[str, Any] = {
    **BARE,
    "name": "full",
    "models": {"button": "#models", "item": ".model"},
    "selectors": {**BARE["selectors"], "file_input": "#files"},
}
PNG = ImagePart(b"\x89PNG\r\n\x1a\n", "image/png")
TABLE = FilePart(b"a,b", "table.csv", "text/csv")


@pytest.mark.parametrize("site", [BARE, FULL], ids=["bare", "full"])
async def test_capabilities_are_those_of_the_site(site: dict[str, Any]) -> None:
    """An opened page can do what its Site describes, however much others of its provider can."""
    async with connect("custom_web", {"site": site}) as connection:
        assert connection.capabilities == capabilities_of(build_site(site))
        assert connection.capabilities < connection.spec.capabilities


@pytest.mark.parametrize(
    ("said", "settings", "kind", "words"),
    [
        (
            Message("user", ["What is this?", PNG]),
            {},
            Unsupported,
            r"messages\[0\].parts\[1\].*options allow",
        ),
        (Message("user", ["What is this?", TABLE]), {}, Unsupported, "take files"),
        ([Message("system", "Be brief."), Message("user", "Hello")], {}, Unsupported, "system messages"),
        (
            [Message("user", "a"), Message("assistant", "b"), Message("user", "c")],
            {},
            Unsupported,
            "conversation_id",
        ),
        ("Hello", {"model": "big"}, ModelNotFound, r"models\.button"),
        ("Hello", {"options": {"colour": "red"}}, InvalidRequest, "no request options.*colour"),
    ],
    ids=["image", "file", "system", "history", "model", "options"],
)
async def test_refused(said: Any, settings: dict[str, Any], kind: type[InvalidRequest], words: str) -> None:
    """What a bare page cannot do is refused: by the core, or by the page's Site where only that knows."""
    async with connect("custom_web", {"site": BARE}) as connection:
        plan = connection.plan(said, **settings)

    with pytest.raises(kind, match=words):
        plan.raise_for_refusal()


@pytest.mark.parametrize("part", [PNG, TABLE], ids=["image", "file"])
async def test_what_goes_and_what_does_not(part: ImagePart | FilePart) -> None:
    """A page with a field takes images and files, in bytes and with words, and any model's name."""
    away = attrs.evolve(part, source=Url("https://example.org/x"))
    async with connect("custom_web", {"site": FULL}) as connection:
        goes = connection.plan(Message("user", ["What is this?", part]), model="big", temperature=0.5)
        [wordless] = connection.plan(Message("user", [part])).refusals
        [elsewhere] = connection.plan(Message("user", ["What is this?", away])).refusals

    assert goes.refusals == ()
    assert [told.field for told in goes.adaptations] == ["temperature"]
    assert "without words" in str(wordless)
    assert "fetch an address" in str(elsewhere)
    assert Capability.URLS not in connection.capabilities
