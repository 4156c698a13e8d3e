"""Parts of an answer that draw only the lines in sight: viewers of code, and lists of many rows."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import StreamInterrupted

pytestmark = pytest.mark.anyio

BY_PAGE = {"reading": {"ways": ["observer"]}}
LINES = [f"{'    ' * (number % 3)}line {number}" for number in range(200)]
VIEWER = """([lines, way]) => {
    const HIGH = 20, SIGHT = 200, STYLE = `height: ${HIGH}px; white-space: pre`
    const made = (name, style, ...parts) => {
        const element = document.createElement("div")
        element.className = name
        element.style.cssText = style
        element.append(...parts)
        return element
    }
    const draws = {
        // As CodeMirror does: gaps between what is in sight and the first line, which is always drawn.
        gaps(list, from, to) {
            const gap = (high) => made("cm-gap", `height: ${high * HIGH}px`)
            const row = (at) => rows[at] ??= made("cm-line", STYLE, lines[at])
            const shown = lines.slice(from, to).map((_, at) => row(from + at))
            const first = from > 0 ? [row(0), gap(from - 1)] : []
            list.replaceChildren(...first, ...shown, ...(to < lines.length ? [gap(lines.length - to)] : []))
        },
        // As Monaco does: lines where they stand, in any order; as lists of rows do.
        placed(list, from, to) {
            const style = (at) => `${STYLE}; position: absolute; top: ${at * HIGH}px`
            const row = (at) => rows[at] ??= made("view-line", style(at), lines[at])
            list.replaceChildren(...lines.slice(from, to).map((_, at) => row(from + at)).reverse())
        },
    }
    const rows = {}
    const byWheel = way === "wheel"
    const draw = draws[way === "gaps" ? "gaps" : "placed"]
    const names = { gaps: "cm-content", wheel: "view-lines", rows: "rows", stuck: "view-lines" }
    const editors = { gaps: "cm-editor", wheel: "monaco-editor", stuck: "monaco-editor" }
    const put = (text) => {
        const list = made(names[way], `position: relative; height: ${lines.length * HIGH}px`)
        const scroller = made("", `overflow: ${byWheel ? "hidden" : "auto"}; height: ${SIGHT}px`, list)
        let top = lines.length * HIGH - SIGHT
        const show = () => {
            const from = Math.max(0, Math.floor(top / HIGH) - 1)
            draw(list, from, Math.min(lines.length, from + SIGHT / HIGH + 2))
            if (byWheel) list.style.transform = `translateY(${-top}px)`
        }
        const go = (to) => {
            top = Math.max(0, Math.min(lines.length * HIGH - SIGHT, to))
            requestAnimationFrame(show)
        }
        text.append(made(editors[way] || "", "", scroller))
        show()
        scroller.scrollTop = byWheel ? 0 : top
        if (way === "stuck") return
        if (byWheel) {
            scroller.onwheel = (event) => { event.preventDefault(); go(top + event.deltaY / 2) }
            scroller.onscroll = () => { scroller.scrollTop = 0 }
        } else scroller.onscroll = () => go(scroller.scrollTop)
    }
    new MutationObserver(() => {
        for (const text of document.querySelectorAll(".bot .text"))
            if (text.textContent === "Here:") put(text)
    }).observe(document, { subtree: true, childList: true })
}"""


@pytest.mark.parametrize("way", ["gaps", "wheel"])
async def test_code_in_a_viewer_is_read_whole(chat: Any, opened: Any, way: str) -> None:
    """It is scrolled through, from wherever it stands, and stands there again."""
    chat.messages = [{"text": "Here:"}, {"done": True}]

    async with opened(**BY_PAGE) as talk:
        await talk.reader.page.evaluate(VIEWER, [LINES, way])
        answer = await talk.say("hi")
        tops = await talk.reader.page.evaluate(
            "[...document.querySelectorAll('*')].map((one) => one.scrollTop)"
        )

    assert answer.text == "\n".join(["Here:", "", "```", *LINES, "```"])
    assert max(tops) == (0 if way == "wheel" else 3800)


async def test_rows_in_a_scroller_are_read_whole(chat: Any, opened: Any) -> None:
    """So is any list of which its scroller has more than is drawn."""
    chat.messages = [{"text": "Here:"}, {"done": True}]

    async with opened(**BY_PAGE) as talk:
        await talk.reader.page.evaluate(VIEWER, [LINES, "rows"])
        answer = await talk.say("hi")

    assert [line.strip() for line in answer.text.split("\n") if line] == ["Here:", *map(str.strip, LINES)]


async def test_lines_that_do_not_come_are_missed(chat: Any, opened: Any) -> None:
    """A part is told as a part."""
    chat.messages = [{"text": "Here:"}, {"done": True}]

    async with opened(**BY_PAGE) as talk:
        await talk.reader.page.evaluate(VIEWER, [LINES, "stuck"])
        with pytest.raises(StreamInterrupted, match="in sight") as caught:
            await talk.say("hi")

    assert caught.value.partial.startswith("Here:")
    assert LINES[-1] in caught.value.partial
    assert LINES[0] not in caught.value.partial.split("\n")
