"""What others say reaches a terminal harmless, wherever it is cut."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from jackfield_cli._safe import escape, one_line
from jackfield_cli._views import SafeMarkdown

VECTORS = {
    "clipboard (OSC 52)": "\x1b]52;c;ZXZpbA==\x07",
    "link (OSC 8)": "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "title (OSC 0)": "\x1b]0;evil\x07",
    "clear (CSI 2J)": "\x1b[2J",
    "device string (DCS)": '\x1bP$q"p\x1b\\',
    "report (DSR)": "\x1b[6n",
    "8-bit CSI": "\x9b2J",
    "8-bit OSC": "\x9d0;evil\x9c",
    "carriage return": "safe\rEVIL",
    "backspace": "safe\x08\x08",
    "delete": "a\x7fb",
    "bidi override": "\u202egnp.exe",
    "bidi isolate": "\u2066x\u2069",
    "line separators": "a\u2028b\u2029c",
    "byte order mark": "\ufeffx",
    "tag characters": "\U000e0041\U000e007f",
    "lone surrogate": "\ud800",
    "null": "\x00",
}
HARMFUL = st.sampled_from("\x1b\x9b\x9d\r\x08\x7f\u202e\u2066\u2028\ufeff\U000e0041\x00[]mJ;x&#`*_-1\n\t ")
TEXTS = st.text(st.one_of(HARMFUL, st.characters()))


def harmful(text: str) -> set[str]:
    """The characters that a terminal could obey, told by Unicode's own tables."""
    kinds = {"Cc", "Cs", "Zl", "Zp"}
    bidi = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return {
        one
        for one in text
        if one not in "\n\t"
        and (
            unicodedata.category(one) in kinds
            or unicodedata.bidirectional(one) in bidi
            or one in "\u061c\u200e\u200f\ufeff"
            or 0xE0000 <= ord(one) < 0xE0080
        )
    }


@pytest.mark.parametrize("text", VECTORS.values(), ids=VECTORS.keys())
def test_a_known_attack_is_shown_instead_of_obeyed(text: str) -> None:
    """Every known way to make a terminal do something comes out as visible text."""
    assert harmful(text)
    assert not harmful(escape(text))
    assert "\\" in escape(text)


def test_ordinary_text_stays_as_it_is() -> None:
    """Letters of any script, emoji with joiners, newlines and tabs are left alone."""
    text = "Grüße\n\t日本語 世界 👩\u200d🚀 [bold]x[/] {0} %s"
    assert escape(text) == text


@given(TEXTS)
def test_nothing_harmful_is_left_of_any_text(text: str) -> None:
    """No text whatever leaves a character that a terminal could obey."""
    assert not harmful(escape(text))
    assert not harmful(one_line(text))
    assert "\n" not in one_line(text)


@given(st.lists(TEXTS))
def test_cutting_changes_nothing(pieces: list[str]) -> None:
    """A text that arrives in pieces is shown as the whole would be."""
    assert "".join(map(escape, pieces)) == escape("".join(pieces))


def rendered(text: str, width: int = 40) -> str:
    """What markdown of *text* sends to a terminal without colours."""
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=True, color_system=None).print(SafeMarkdown(text))
    return out.getvalue()


@given(TEXTS)
def test_markdown_of_any_text_is_harmless(text: str) -> None:
    """Markdown adds no way round the escaping: what comes out is text and styles."""
    out = io.StringIO()
    Console(file=out, width=40, color_system=None, legacy_windows=False).print(SafeMarkdown(text))
    assert not harmful(out.getvalue())


def test_an_entity_does_not_become_a_control_character() -> None:
    """A character that markdown's entities spell out is escaped as if it had been written."""
    assert "\\u202e" in rendered("a &#x202e; b")
    assert not harmful(rendered("&#x202e; &#xfeff; &#8232; &rlm;").replace("\x1b[0m", ""))


def test_a_link_shows_where_it_leads() -> None:
    """A link is no hidden hyperlink: its address stands beside its words."""
    text = rendered("[my bank](http://evil.example/)", width=80)
    assert "my bank" in text
    assert "http://evil.example/" in text
    assert "\x1b]8" not in text


def test_rich_markup_is_only_text() -> None:
    """An answer that looks like the markup of the terminal library is shown word for word."""
    assert "[link=http://evil]x[/link] [bold]y" in rendered("[link=http://evil]x[/link] [bold]y", width=80)
