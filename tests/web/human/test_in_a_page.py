"""What a real page sees of a hand: what was drawn, in its order, and nothing else."""

from __future__ import annotations

import json
import random
from itertools import accumulate, repeat
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from human_input.recording import PROSE, Recording, point
from jackfield_web import BrowserHost, BrowserSettings, PageHandle, StealthBrowser
from jackfield_web.hands import (
    PASTE_OVER,
    Hand,
    HumanInput,
    Key,
    PlainInput,
    Player,
    Point,
    input_driver,
    keystrokes,
    path,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

EDITOR = '<div contenteditable style="min-height: 1em; border: 1px solid"></div>'
LONG = "".join(f"{line}. “東京” 🙂 <b>\n\n" for line in range(300))


async def value(page: Any) -> str:
    """Return what stands in the text area."""
    return str(await page.locator("textarea").input_value())


async def test_keys_are_those_that_were_drawn(recorder: PageHandle) -> None:
    """The page sees each key go down and up in the order drawn, trusted, and takes no less time for them."""
    text = PROSE[2]
    drawn = [
        step for step in keystrokes(text, Hand.of(3).hurried(), random.Random(3)) if isinstance(step, Key)
    ]

    async def run(page: Any) -> tuple[Recording, str]:
        await page.locator("textarea").focus()
        await Player(page).play(drawn)
        return await Recording.taken(page), await value(page)

    seen, written = await recorder.call(run)

    assert written == text
    assert seen.are_trusted
    assert [(key.code.removesuffix("Left"), key.is_down) for key in seen.keys] == [
        (step.code, step.is_down) for step in drawn
    ]
    assert seen.keys[-1].at - seen.keys[0].at > 0.9 * sum(step.wait for step in drawn[1:])


async def test_a_movement_is_the_one_that_was_drawn(recorder: PageHandle) -> None:
    """The page sees the pointer at places that were drawn, in their order, to the last one."""
    drawn = list(path(Point(10, 10), Point(700, 500), 0.6, Hand.of(3), random.Random(3)))

    async def run(page: Any) -> Recording:
        await Player(page).play(drawn)
        return await Recording.taken(page)

    seen = [tuple(told[:2]) for _, _, told, _ in (await recorder.call(run)).of("pointermove")]
    left = iter((move.x, move.y) for move in drawn)

    assert all(place in left for place in seen)
    assert seen[-1] == (700, 500)


async def test_a_late_hand_leaves_out_moves_and_no_keys(recorder: PageHandle) -> None:
    """On a clock that runs ahead, a movement has fewer places and the same end; a word all of its keys."""
    drawn = list(path(Point(10, 10), Point(700, 500), 1.0, Hand.of(3), random.Random(3)))
    clock = accumulate(repeat(0.05))

    async def run(page: Any) -> tuple[Recording, str]:
        await page.locator("textarea").focus()
        player = Player(page, clock.__next__)
        await player.play(drawn)
        await player.play(keystrokes("lighthouse", Hand.of(3), random.Random(3)))
        return await Recording.taken(page), await value(page)

    seen, written = await recorder.call(run)
    places = [tuple(told[:2]) for _, _, told, _ in seen.of("pointermove")]

    assert len(places) < len(drawn) / 2
    assert places[-1] == (700, 500)
    assert written == "lighthouse"


async def test_clicks_land_on_their_targets(recorder: PageHandle) -> None:
    """Every click hits its target, off its middle, held a while; the page hears what a hand does, no more."""

    async def run(page: Any) -> Recording:
        hand = HumanInput("quick", seed=5)
        await point(page, hand, 4, random.Random(5))
        return await Recording.taken(page)

    seen = await recorder.call(run)

    assert seen.names == {"pointermove", "pointerdown", "pointerup", "click"}
    assert [told[0] for _, _, told, _ in seen.of("click")] == ["BUTTON"] * 4
    assert all(held > 0.03 and abs(across) < 0.5 and abs(along) < 0.5 for held, across, along in seen.clicks)
    assert len({across for _, across, _ in seen.clicks}) == 4
    assert all(0.8 < aimed.moved.efficiency < 1 for aimed in seen.aimed if aimed.moved.distance > 150)


async def test_the_same_seed_gives_the_same_input(recorder: PageHandle) -> None:
    """Two hands of one seed and sitting do the same to a page; in another sitting, something else."""

    async def run(page: Any, sitting: int) -> list[Any]:
        await page.mouse.move(0, 0)
        await Recording.taken(page)
        hand = HumanInput("quick", seed=5, sitting=sitting)
        await point(page, hand, 1, random.Random(1))
        return [told for name, _, told, _ in (await Recording.taken(page)).events if name == "click"]

    first, again, other = [await recorder.call(run, sitting) for sitting in (1, 1, 2)]

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "text", ["Hi 🙂!", "Tab\t.\nTwo\n\n  lines 東京", LONG], ids=["short", "lines", "long"]
)
@pytest.mark.parametrize("field", ["textarea", "[contenteditable]"])
async def test_text_comes_out_as_it_was_given(recorder: PageHandle, field: str, text: str) -> None:
    """Typed or pasted, in a field or in an editor, behind what stands there: every character as it was."""

    async def run(page: Any) -> tuple[str, Recording]:
        await page.set_content(f"<style>* {{ white-space: pre-wrap }}</style><textarea>=</textarea>{EDITOR}")
        target = page.locator(field)
        editor = field != "textarea"
        await HumanInput("quick", seed=1).type_text(target, text, new_line="Shift+Enter" if editor else "")
        return await (target.inner_text() if editor else target.input_value())

    before = "=" if field == "textarea" else ""
    if field != "textarea" and len(text) > 1000:
        text = text[:60]

    assert (await recorder.call(run)).rstrip("\n") == before + text.rstrip("\n")


async def test_long_texts_are_pasted(recorder: PageHandle) -> None:
    """What is long comes in one real paste with its keys, and the page's world hears of no copying."""
    text = LONG[: PASTE_OVER["person"] + 1]

    async def run(page: Any) -> Recording:
        await page.locator("textarea").focus()
        await HumanInput("person", seed=1).type_text(page.locator("textarea"), text)
        return await Recording.taken(page)

    seen = await recorder.call(run)

    assert [told for _, _, told, _ in seen.of("input")] == [["insertFromPaste"]]
    assert [key.code for key in seen.keys if key.is_down] == ["ControlLeft", "KeyV"]
    assert seen.names == {"keydown", "keyup", "paste", "input"}


async def test_a_paste_needs_no_secure_connection(page: PageHandle) -> None:
    """Where the page has no clipboard of its own, the text is pasted all the same."""

    async def run(page: Any) -> str:
        await page.set_content("<textarea></textarea>")
        assert await page.evaluate("!navigator.clipboard")
        await HumanInput("quick", seed=1).type_text(page.locator("textarea"), LONG)
        return await value(page)

    assert await page.call(run) == LONG


async def test_accounts_do_not_paste_each_other_s_texts(host: BrowserHost, pages: Any) -> None:
    """Two hands that paste at once, each in its account's page, paste their own: there is one clipboard."""

    async def run(page: Any, text: str) -> str:
        await page.goto(pages.url)
        await page.set_content("<textarea></textarea>")
        hand = HumanInput("quick", seed=1)
        for _ in range(6):
            await hand.type_text(page.locator("textarea"), text)
        return await value(page)

    held: dict[str, str] = {}

    async def paste(page: PageHandle, text: str) -> None:
        held[text] = await page.call(run, text)

    async with (
        host.session() as one,
        host.session() as other,
        one.page() as first,
        other.page() as second,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(paste, first, "Alice's own text. " * 9)
        tasks.start_soon(paste, second, "Bob's own words. " * 9)

    assert held == {text: text * 6 for text in held}


async def test_passwords_are_never_pasted(recorder: PageHandle) -> None:
    """A secret that is long is typed key by key: a clipboard is no place for it."""
    secret = "".join(PROSE)[: PASTE_OVER["quick"] + 5]

    async def run(page: Any) -> tuple[str, set[str]]:
        await page.locator("textarea").evaluate("at => { at.outerHTML = '<input type=password>' }")
        await HumanInput("quick", seed=1).type_text(page.locator("input"), secret)
        return await page.locator("input").input_value(), (await Recording.taken(page)).names

    written, names = await recorder.call(run)

    assert written == secret
    assert "paste" not in names


async def test_the_wheel_brings_what_is_below(recorder: PageHandle) -> None:
    """A target below the window is scrolled to with the wheel, and clicked."""

    async def run(page: Any) -> Recording:
        await page.evaluate("place(300, 3000, 100, 30)")
        await HumanInput("quick", seed=2).click(page.locator("button"))
        return await Recording.taken(page)

    seen = await recorder.call(run)

    assert sum(told[0] for _, _, told, _ in seen.of("wheel")) > 2000
    assert [told[0] for _, _, told, _ in seen.of("click")] == ["BUTTON"]


async def test_a_target_that_moves_is_followed(recorder: PageHandle) -> None:
    """A button that jumps aside once while the pointer is on its way is clicked where it is then."""

    async def run(page: Any) -> Recording:
        await page.evaluate(
            "addEventListener('pointermove', () => setTimeout(place, 50, 200, 500, 80, 30), { once: true })"
        )
        await HumanInput("quick", seed=2).click(page.locator("button"))
        return await Recording.taken(page)

    assert [told[0] for _, _, told, _ in (await recorder.call(run)).of("click")] == ["BUTTON"]


@pytest.mark.parametrize("hands", [PlainInput(), HumanInput("quick", seed=2)], ids=["plain", "quick"])
async def test_a_target_that_beats_in_its_place_is_clicked(recorder: PageHandle, hands: Any) -> None:
    """A button that an endless animation makes larger and smaller never stands still, and is pressed."""

    async def run(page: Any) -> Recording:
        await page.add_style_tag(
            content="@keyframes beat { to { transform: scale(1.2) } } "
            "button { animation: beat 0.4s infinite alternate }"
        )
        await hands.click(page.locator("button"), seconds=2)
        return await Recording.taken(page)

    seen = await recorder.call(run)

    assert [told[0] for _, _, told, _ in seen.of("click")] == ["BUTTON"]


async def test_what_lies_over_a_target_is_not_clicked(recorder: PageHandle) -> None:
    """While something lies over the button, the hand waits; then it clicks the button and nothing else."""

    async def run(page: Any) -> Recording:
        await page.evaluate(
            """() => {
                const over = document.body.appendChild(document.createElement("div"));
                over.style = "position: fixed; inset: 0";
                addEventListener("pointermove", () => setTimeout(() => over.remove(), 2000), { once: true });
            }"""
        )
        await HumanInput("quick", seed=2).click(page.locator("button"))
        return await Recording.taken(page)

    assert [told[0] for _, _, told, _ in (await recorder.call(run)).of("pointerdown")] == ["BUTTON"]


async def test_nothing_stays_pressed_when_it_is_cancelled(recorder: PageHandle) -> None:
    """Cancelled in the middle of a capital, no key is left down."""

    async def run(page: Any) -> Recording:
        await page.locator("textarea").focus()
        with anyio.move_on_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(
                    HumanInput("person", seed=1).type_text, page.locator("textarea"), "AAAAA" * 10
                )
                await page.wait_for_function("happened.some(([name]) => name === 'keydown')")
                tasks.cancel_scope.cancel()
        return await Recording.taken(page)

    keys = (await recorder.call(run)).keys

    assert keys
    assert {key.code for key in keys if key.is_down} == {key.code for key in keys if not key.is_down}
    assert len(keys) % 2 == 0


def test_off_is_the_engine_s_own_input() -> None:
    """Without a pace there is no hand, and no time is asked for."""
    assert isinstance(input_driver("off", 1), PlainInput)
    assert input_driver("off", 1).seconds_for("x" * 1000) == 0


def test_a_hand_asks_for_the_time_it_needs() -> None:
    """The limit for a text grows with what is typed of it, and is no more for one that is pasted."""
    hand = HumanInput("person", seed=1)

    assert hand.seconds_for("x" * 100) > 100 * Hand.of(1).interval * 2
    assert hand.seconds_for("x" * 5000) < hand.seconds_for("x" * 100)


async def test_a_stealth_browser_has_the_hand_of_its_profile(
    browser_settings: BrowserSettings, pages: Any, tmp_path: Path
) -> None:
    """At a pace, its verbs are done by a hand, which is that of the profile's identity."""
    settings = attrs.evolve(browser_settings, profile=tmp_path / "profile")
    async with StealthBrowser(settings=settings, pace="quick") as browser:
        await browser.navigate(pages.url)
        await browser.type_text("#question", "Who?", seconds=20)
        await browser.click_element("#ask", seconds=20)
        answer = await browser.get_text("#answer", seconds=20)
        hand = browser._hand

    identity = json.loads((tmp_path / "profile/identity.json").read_text("utf-8"))
    assert answer == "You asked: Who?"
    assert isinstance(hand, HumanInput)
    assert hand.seed == identity["seed"]
