"""What a page sees of a driven browser, beside the same browser undriven: never more than was expected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import click.testing
import pytest
from anyio import CancelScope, connect_tcp, sleep_forever, to_thread

from jackfield import ConfigError, DeadlineExceeded
from jackfield_stealth import Comparison, Difference, as_markdown, as_text, measure
from jackfield_stealth._command import stealth
from jackfield_stealth._comparison import Report
from jackfield_stealth._hand import judge
from jackfield_stealth._probe import Probe, serve_probe
from jackfield_web import BrowserHost, BrowserSettings, Identity
from jackfield_web.identity._machine import Machine

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
EXPECTED = json.loads((Path(__file__).parent / "expected.json").read_text("utf-8"))
HAND = {"moves": 9, "presses": [], "keys": 0, "holds": [], "pastes": 1, "untrusted": 0}
ACTS = {"activated": False, "changes": 0, "dialog": 1500.0}
PRESS = {"held": 90.0, "across": 0.1, "along": -0.2, "pressure": 0.5, "screened": True}


def somebody(canvas: str) -> Identity:
    return Identity.create(Machine.this(), seed=1878, languages=("de-DE", "de", "fr"), canvas=canvas)


async def measured(
    settings: BrowserSettings, engine: str, canvas: str = "unaltered", **more: Any
) -> Comparison:
    who = await to_thread.run_sync(somebody, canvas)
    rules, browser = settings.host_rules, settings.browser
    return await measure(engine, browser=browser, identity=who, host_rules=rules, **more)


def unexpected(found: Comparison) -> Counter[str]:
    """Return the signals that differ and were not expected to, or in more places than they were."""
    return Counter(one.name for one in found.differences) - Counter(EXPECTED[found.configuration])


def surprising(found: Comparison) -> set[str]:
    """Return the traits of the engine's own hand, and of what else it did, that are no person's."""
    return {trait.name for trait in found.hand if not trait.fits} - set(EXPECTED["the hand"])


@pytest.mark.parametrize(("engine", "profile"), [("playwright", False), ("patchright", True)])
async def test_nothing_differs_that_is_not_expected_to(
    engine: str, profile: bool, browser_settings: BrowserSettings, windowed: Callable[[], None]
) -> None:
    """Without a window, by default and at its best, it differs in what is listed, with a reason each."""
    windowed()
    found = await measured(browser_settings, engine, profile=profile)

    assert unexpected(found) == {}
    assert surprising(found) == set()
    assert [one for one in found.differences if one.reason == "not known"] == []
    assert {"page", "iframe", "foreign iframe", "worker", "service worker", "two tabs"} <= set(found.compared)
    assert found.unsteady == ()
    assert found.verdict.startswith(f"{engine} headless")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "headless", "profile"),
    [
        ("playwright", True, True),
        ("playwright", False, True),
        ("patchright", False, False),
        ("patchright", False, True),
        ("attach", False, True),
    ],
)
async def test_no_engine_differs_in_more_than_expected(
    engine: str,
    headless: bool,
    profile: bool,
    browser_settings: BrowserSettings,
    windowed: Callable[[], None],
) -> None:
    """Patchright with a window, and a browser attached to, differ in nothing but that both tabs are seen."""
    windowed()
    found = await measured(browser_settings, engine, headless=headless, profile=profile)

    assert unexpected(found) == {}
    assert surprising(found) == set()


async def test_a_global_of_ours_would_be_seen(
    browser_settings: BrowserSettings, windowed: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One name more in a page's world is one signal more than is expected in each window."""
    ours = "() => { window.__jackfield = 1 }"
    monkeypatch.setattr("jackfield_web.browser._noise._SCRIPT", ours)
    windowed()
    found = await measured(browser_settings, "playwright", canvas="noise")

    assert unexpected(found) == {"globals": 4}


async def told_by(settings: BrowserSettings) -> Report:
    """Return all that a browser tells."""
    async with serve_probe({}) as probe:
        return await told_to(probe, settings)


async def told_to(probe: Probe, settings: BrowserSettings) -> Report:
    async with BrowserHost(settings) as host, host.session() as session, session.page() as page:
        await page.call(_goto, probe.url)
        return await probe.report(60)


async def _goto(page: Any, url: str) -> None:
    await page.goto(url)


def apart(one: Report, other: Report) -> tuple[Difference, ...]:
    """Return the signals in which two answers differ."""
    return Comparison.of("two answers", (one, one), other, ()).differences


async def told_anew(settings: BrowserSettings, profile: Path, times: int) -> list[Report]:
    """Return what each of some starts of a browser with one *profile* tells.

    All addresses are held meanwhile, so that none comes twice: at one that a profile knows, its first request
    has the hints that the page asked for the last time.
    """
    async with AsyncExitStack() as served:
        probes = [await served.enter_async_context(serve_probe({})) for _ in range(times)]
        return [await told_to(probe, attrs.evolve(settings, profile=profile)) for probe in probes]


async def test_a_profile_tells_the_same_after_a_restart_and_another_profile_another(
    browser_settings: BrowserSettings, tmp_path: Path
) -> None:
    """All places of one profile tell the same again; a second profile is somebody else."""
    first, *again = await told_anew(browser_settings, tmp_path / "one", 3)
    (other,) = await told_anew(browser_settings, tmp_path / "other", 1)

    assert [apart(first, told) for told in again] == [()] * 2
    assert apart(first, other)


async def test_a_probe_that_is_cancelled_is_gone() -> None:
    """Who is cancelled in the block leaves no server behind."""
    with CancelScope() as scope:
        async with serve_probe({}) as probe:
            scope.cancel()
            await sleep_forever()

    with pytest.raises(OSError, match="All connection attempts failed"):
        await connect_tcp("127.0.0.1", urlsplit(probe.url).port)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_twenty_restarts_tell_the_same(browser_settings: BrowserSettings, tmp_path: Path) -> None:
    """One profile has one fingerprint over twenty starts of the browser."""
    first, *again = await told_anew(browser_settings, tmp_path / "one", 20)

    assert [apart(first, told) for told in again] == [()] * 19


async def test_every_place_tells_the_identity(browser_settings: BrowserSettings, tmp_path: Path) -> None:
    """Time zone and languages are the same in the page, its frames, its workers and its headers."""
    who = Identity(languages=("de-DE", "de", "fr"), timezone="Asia/Tokyo", window=(1000, 700), seed=1)
    told = await told_by(attrs.evolve(browser_settings, profile=tmp_path / "p", identity=who))
    headers = {place: said for place, said in told.items() if place.startswith("headers of")}
    scopes = [said for place, said in told.items() if place not in headers and said and place != "detectors"]

    assert len(scopes) == 6
    assert {said["intl.timeZone"] for said in scopes} == {"Asia/Tokyo"}
    assert {said["navigator.languages"] for said in scopes} == {"de-DE,de,fr"}
    assert {said["Accept-Language"] for said in headers.values()} == {"de-DE,de;q=0.9,fr;q=0.8"}
    assert told["page"]["window.outer"] == "1000,700"


async def test_noise_is_the_profile_s_own_and_shows(
    browser_settings: BrowserSettings, tmp_path: Path
) -> None:
    """Canvas noise reads the same after a restart, otherwise with another seed, and a page can notice it."""

    async def page_of(name: str, seed: int) -> Mapping[str, Any]:
        who = Identity(canvas="noise", seed=seed)
        settings = attrs.evolve(browser_settings, profile=tmp_path / name, identity=who)
        return (await told_by(settings))["page"]

    first, again, other = [await page_of(name, seed) for name, seed in (("a", 1), ("a", 1), ("b", 2))]

    assert first == again
    assert first["canvas"] != other["canvas"]
    assert (first["canvas.known"], first["canvas.native"]) == (False, False)


async def test_noise_is_refused_where_it_would_break_pages(browser_settings: BrowserSettings) -> None:
    """Patchright rewrites pages for init scripts, which loses frames: with noise it does not start."""
    settings = attrs.evolve(browser_settings, engine="patchright", identity=Identity(canvas="noise"))

    with pytest.raises(ConfigError, match="needs init scripts"):
        async with BrowserHost(settings):
            pass


async def test_a_browser_that_tells_nothing_is_not_waited_for_for_ever() -> None:
    """A report that does not come ends with the limit."""
    async with serve_probe({}) as probe:
        with pytest.raises(DeadlineExceeded, match=r"did not come within 0\.05 seconds"):
            await probe.report(0.05)


async def test_an_engine_that_is_none_is_not_measured() -> None:
    """A misspelt engine is told before anything starts."""
    with pytest.raises(ConfigError, match="Did you mean 'patchright'"):
        await measure("patchwright")


def compared(one: dict[str, Any], again: dict[str, Any], driven: dict[str, Any]) -> Comparison:
    reports = [{"page": told} for told in (one, again, driven)]
    hand = judge({**HAND, **ACTS, "presses": [PRESS]})
    return Comparison.of("patchright headed", reports[:2], reports[2], hand)


def test_what_is_the_same_is_the_same() -> None:
    """Equal answers make the verdict that people want to read."""
    found = compared({"a": 1}, {"a": 1}, {"a": 1})

    assert found.verdict == "patchright headed: same as your own browser"
    assert "same as your own browser" in as_text(found)


def test_what_differs_is_named_with_both_values() -> None:
    """A signal that differs, is missing or is new is told; long lists by what only one of them has."""
    names = ",".join(f"name{number}" for number in range(30))
    found = compared(
        {"a": 1, "gone": 2, "console.name": 1, "globals": names},
        {"a": 1, "gone": 2, "console.name": 1, "globals": names},
        {"a": 1, "new": 3, "console.name": 2, "globals": f"{names},__pw"},
    )

    told = {one.name: (one.undriven, one.driven) for one in found.differences}
    assert told == {
        "gone": ("2", "nothing"),
        "new": ("nothing", "3"),
        "console.name": ("1", "2"),
        "globals": ("no more", "__pw"),
    }
    assert "Runtime" in next(one.reason for one in found.differences if one.name == "console.name")
    assert "| `globals` | page | `no more` | `__pw` |" in as_markdown(found)


@pytest.mark.parametrize(
    ("place", "name", "reason"),
    [
        ("detectors", "botd.detectUserAgent", "HeadlessChrome"),
        ("headers of worker", "User-Agent", "HeadlessChrome"),
        ("detectors", "fpscanner.hasCDP", "Runtime"),
        ("detectors", "fpscanner.hasSwiftshaderRenderer", "software"),
        ("page", "canvas.known", "noise"),
        ("two tabs", "tabs.seen", "has the focus"),
        ("detectors", "fingerprintjs.visitorId", "others"),
        ("page", "navigator.webdriver", "not known"),
    ],
)
def test_a_difference_has_its_reason(place: str, name: str, reason: str) -> None:
    """What is known to differ has its reason, also where a detector tells it; a new one has none."""
    assert reason in Difference(place, name, "1", "2").reason


def test_what_the_undriven_browser_tells_otherwise_each_time_is_no_signal() -> None:
    """A value that changes by itself is set aside, and said to be."""
    found = compared({"clock": 1}, {"clock": 2}, {"clock": 3})

    assert found.differences == ()
    assert found.unsteady == ("page clock",)


@pytest.mark.parametrize(
    ("seen", "trait"),
    [
        ({"untrusted": 2}, "untrusted events"),
        ({"moves": 1}, "moves of the pointer"),
        ({"presses": [{**PRESS, "across": 0.0, "along": 0.001}]}, "press, from the middle"),
        ({"presses": [{**PRESS, "held": 0.4}]}, "press, held"),
        ({"presses": [{**PRESS, "screened": False}]}, "press, place on the screen"),
        ({"pastes": 0}, "keys, pastes"),
        ({"keys": 3, "holds": [1.0, 1.5, 2.0]}, "key, held"),
        ({"activated": True}, "active before a press"),
        ({"changes": 2}, "changes of the document"),
        ({"dialog": 12.5}, "dialog, open"),
    ],
)
def test_a_hand_that_is_none_is_seen(seen: dict[str, Any], trait: str) -> None:
    """Each trait of a program's hand is judged by itself; a person's fits in all."""
    person = {**HAND, **ACTS, "presses": [PRESS], "keys": 2, "holds": [80.0, 95.0]}

    assert [one.name for one in judge(person) if not one.fits] == []
    assert [one.name for one in judge({**HAND, **ACTS, "presses": [PRESS], **seen}) if not one.fits] == [
        trait
    ]


def test_the_command_measures_and_prints(browser: str) -> None:
    """`jackfield stealth` prints places, differences with reasons, the hand, and the verdict last."""
    run = click.testing.CliRunner().invoke(stealth, ["--engine", "patchright", "--browser", browser])

    assert run.exit_code == 0, run.output
    assert run.output.splitlines()[-1].startswith("patchright headless: ")
    assert "press, held" in run.output


def test_the_command_knows_the_engines() -> None:
    """An engine that is none is refused with the names of those that are."""
    run = click.testing.CliRunner().invoke(stealth, ["--engine", "selenium"])

    assert run.exit_code == 2
    assert "'attach', 'patchright', 'playwright'" in run.output


def test_a_made_identity_fits_this_machine() -> None:
    """What a measurement takes for granted: an identity that is drawn can be on this machine."""
    Identity.create(Machine.this(), seed=1).require(Machine.this())
