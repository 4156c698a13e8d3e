"""What a page sent of a message, by what it shows and was heard to send: told where it was less."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from jackfield import Certainty, InvalidRequest
from jackfield_web.reading._altered import require_all
from jackfield_web.site import letters_of

TEXT = "Read this.\n// a comment\nWhat does it say, and why is the last line of it there?"
CUT = TEXT[:40]
STRIPPED = TEXT.replace("// a comment\n", "")


@pytest.mark.parametrize("part", [CUT, STRIPPED], ids=["cut", "without a line"])
@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda part: json.dumps({"messages": [{"role": "user", "content": part}]}),
        lambda part: json.dumps({"body": json.dumps([part])}),
        lambda part: urlencode({"v": 1, "text": part}),
    ],
    ids=["plain", "json", "json in json", "form"],
)
def test_a_part_that_went_is_told(part: str, write: object) -> None:
    """The page shows a part and sent just that: an error that says how much went, and none of its words."""
    assert callable(write)
    with pytest.raises(InvalidRequest, match="letters, and not the rest") as caught:
        require_all(TEXT, ["/seen", write(part)], {letters_of(part)})

    assert caught.value.certainty is Certainty.STARTED
    assert "comment" not in f"{caught.value!r}"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ([json.dumps({"title": CUT, "text": TEXT})], CUT),
        ([json.dumps({"title": CUT}), json.dumps({"html": "<p>Read…</p>"})], TEXT),
        ([json.dumps({"title": CUT, "data": "UmVhZA=="})], f"{CUT} Show more"),
        ([json.dumps({"text": STRIPPED, "note": "a comment"})], STRIPPED),
        (["/ask"], CUT),
        ([json.dumps({"text": "Another text"})], "Another text"),
    ],
    ids=["shortened", "a title", "a title and a button", "sent apart", "sent unheard", "something else"],
)
def test_what_may_be_whole_is_no_error(sent: list[str], shown: str) -> None:
    """A turn that is shown shortened tells nothing, nor does a title, nor what is sent in another place."""
    require_all(TEXT, sent, {letters_of(shown)})
