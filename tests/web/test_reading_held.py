"""Whether a composer holds what was written into it, as far as that is no matter of a page."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_web.reading._held import Held, units

FAMILY = "👨\u200d👩\u200d👧"


def editor(*parts: Any) -> Held:
    """Return an editor that holds *parts*; a text alone is one."""
    return Held("editor", tuple(("text", part) if isinstance(part, str) else part for part in parts))


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (editor("a b"), "a b"),
        (editor("\n", "\ufeff\u200b", "a\u00a0b", "\n\n", "c", "\n"), "a b\nc"),
        (editor(("fixed", "Write a message…"), "hello"), "hello"),
        (editor("to ", ("fixed", "@jane"), " now"), "to @jane now"),
        (editor("Party ", ("picture", "🎉"), " time"), "Party 🎉 time"),
        (editor("Party ", ("picture", "party popper"), " time"), "Party 🎉 time"),
        (editor(("picture", ""), ("picture", ""), "x 🎉"), "🎉🎉x 🎉"),
        (editor(("picture", ":family:")), FAMILY),
        (editor("press ", ("picture", "")), "press 1\ufe0f\u20e3"),
        (editor(("picture", ""), "hello"), "hello"),
        (editor("e\u0301"), "\u00e9"),
        (editor("\u2068שלש\u2069 \u200fעלם"), "שלש עלם"),
        (editor("\n  ", "a\u00a0\u00a0b ", "\n", "\t", "c"), "a  b\n\tc"),
        (editor("a\tb\u00a0 \u00a0c"), "a\u00a0b   c"),
        (editor("a \u200b b"), "a b"),
    ],
)
def test_what_an_editor_adds_is_not_counted(held: Held, text: str) -> None:
    """Placeholders, marks without width, blank lines and pictures of emoji leave a text what it is."""
    assert held.says(text)


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (editor("a b c"), "a\nb c"),
        (editor("a\nb"), "a b"),
        (editor("Party  time"), "Party 🎉 time"),
        (editor(("picture", ""), "Party time"), "Party 🎉 time"),
        (editor("👨👩👧"), FAMILY),
        (editor("hell"), "hello"),
        (editor("hello hello"), "hello"),
        (editor(("fixed", "hello")), "hello there"),
        (Held("field", (("text", "a\n\nb"),)), "a\nb"),
        (Held("field", (("text", "a b"),)), "a\nb"),
        (editor("now here"), "nowhere"),
        (editor("nowhere"), "now here"),
        (editor("if a:\nreturn"), "if a:\n\treturn"),
        (editor("a\nb"), "a  \nb"),
        (editor(("picture", ""), "x"), "🎉 x"),
        (Held("field", (("text", "now here"),)), "nowhere"),
        (Held("field", (("text", "a b"),)), "a  b"),
        (Held("field", (("text", "a b"),)), "a\tb"),
    ],
)
def test_another_text_is_another_text(held: Held, text: str) -> None:
    """Lines that ran together, letters and emoji that are gone, and what stands there twice are noticed."""
    assert not held.says(text)


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (editor(("fixed", "Write"), "\n\ufeff"), "took the text back"),
        (editor("se"), "1 lines with 2 letters of 2 lines with 10 letters"),
        (editor("SECRET\nword"), "another text than was written: as much, in other letters"),
        (editor("sec ret\nword"), "the text with other blanks than were written"),
    ],
)
def test_the_reason_shows_no_text(held: Held, told: str) -> None:
    """What is wrong is told by what was counted, without a word of what was written."""
    reason = held.why_not("secret\nword")

    assert told in reason
    assert "secret" not in reason


@pytest.mark.parametrize("held", ["a\u00a0 b\n c", "  a  b\n c\t", "\na  b\n c\n"])
def test_a_form_field_keeps_blanks_but_round_the_text(held: str) -> None:
    """Scripts trim the whole text, and a space is a space whether it may break a line or not."""
    assert Held("field", (("text", held),)).says(" a  b\n\u00a0c ")


def test_an_editor_whose_page_keeps_blanks_adds_none_before_a_line() -> None:
    """One that indents lines by itself holds another text; a tab may be drawn as some spaces."""
    kept = attrs.evolve(editor("a:\n  b\n  c"), keeps=True)

    assert kept.says("a:\n  b\n  c")
    assert kept.says("a:\n\tb\n\tc")
    assert not kept.says("a:\n  b\nc")
    assert "other blanks" in kept.why_not("a:\n  b\nc")


@given(st.lists(st.sampled_from(["a", "b", " ", "\u00a0", "\t", "\n"])).map("".join), st.data())
def test_an_editor_draws_blanks_in_its_own_way_and_keeps_them(text: str, data: st.DataObject) -> None:
    """Each may become another one, and none may go from between two letters."""
    drawn = "".join(data.draw(st.sampled_from(" \u00a0\t")) if sign in " \u00a0\t" else sign for sign in text)

    assert editor(drawn).says(text)
    assert editor(f"x{drawn}y").says(f"x{text}y")
    assert not editor("xy").says(f"x{text}y") or not text


def test_no_composer_holds_nothing() -> None:
    """Where the probe finds no composer, nothing is held, and letters count as pages count them."""
    assert Held.of(None).is_empty
    told = {"kind": "line", "parts": [["text", "a"]], "most": 3, "shut": False}

    assert Held.of(told) == Held("line", (("text", "a"),), 3)
    assert units("a🎉") == 3
