"""How a browser's process is started. Law: as a person's own is, but for what driving cannot do without.

The engines start browsers for tests: without scrollbars, extensions, pop-up blocking or going back from
memory. A page sees all of that. And a person's browser asks its maker for news; ours does not.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

NOT_FOR_TESTS: Final = [
    "--enable-automation",
    "--hide-scrollbars",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-component-extensions-with-background-pages",
    "--disable-popup-blocking",
    "--disable-back-forward-cache",
    "--disable-ipc-flooding-protection",
    "--disable-field-trial-config",
    "--disable-prompt-on-repost",
    "--allow-pre-commit-input",
    "--enable-unsafe-swiftshader",
    "--force-color-profile=srgb",
    "--unsafely-disable-devtools-self-xss-warnings",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]
"""What engines say by default and a page can notice. What an engine does not say does no harm here."""

_FEATURES_OFF: Final = (
    # Driving: a page that is left does not ask before it goes; one that loads stays in its process.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "RenderDocument",
    # Pages that are drawn before anybody goes there are asked for where no guard of origins hears of it.
    "Prerender2FallbackPrefetchSpecRules",
    # Addresses are gone to as they were given.
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    # Talk with the browser's maker and its local network, which no page asked for.
    "AimEnabled",
    "AutofillServerCommunication",
    "DialMediaRouteProvider",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationGuideModelDownloading",
    "OptimizationHints",
    "OptimizationHintsFetching",
    "PreconnectToSearch",
    "Translate",
    "msForceBrowserSignIn",
    # For each window's address bar the browser keeps two pages of its own, which are most of what a window
    # costs; it has other pop-ups.
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
"""One list: the browser heeds only the last `--disable-features`, so this stands for the engine's too."""

_QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--no-default-browser-check",
    "--no-first-run",
    # Where news of components, and of an account at the browser's maker, is asked for: nobody is there.
    "--component-updater=url-source=http://127.0.0.1:9/",
    "--gaia-url=http://127.0.0.1:9/",
)
_GRAPHICS_CARDS: Final = Path("/dev/dri")
_GRAPHICS: Final = ("--use-gl=angle", "--use-angle=gl", "--ignore-gpu-blocklist")


AS_THE_PERSON_HAS_IT: Final[dict[str, Any]] = dict.fromkeys(
    ("color_scheme", "reduced_motion", "forced_colors", "contrast"), "null"
)
"""What an engine is told for a context: else it has pages light and in motion, whatever the headers say."""

OF_EVERY_CONTEXT: Final = {"accept_downloads": False, "no_viewport": True, **AS_THE_PERSON_HAS_IT}

_NO_WINDOW: Final = (
    "--ozone-platform=headless" if sys.platform == "linux" else "--headless",
    "--mute-audio",
    # A page that prints waits for the window of the preview to be closed, which nobody sees.
    "--disable-print-preview",
    # Where there is no mouse either, a page would be told so.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
)
"""What the engines say for a browser without a window, but for its name: with `--headless` it calls itself
HeadlessChrome in every request and worker, and no override of that reaches all of them. On Linux a browser
can be given a display that nobody sees instead, and is then the one that has windows."""


def own_flags(*, headless: bool) -> list[str]:
    """Return the arguments of every browser that we start; *headless* ones have no window."""
    said = ["--disable-blink-features=AutomationControlled", f"--disable-features={','.join(_FEATURES_OFF)}"]
    return [*said, *_QUIET, *(no_window() if headless else ())]


def no_window(cards: Path = _GRAPHICS_CARDS) -> list[str]:
    """Return the arguments of a browser without a window; Linux keeps its graphics *cards* in a folder."""
    # Without a window Linux' browsers paint by software, even where there is a card.
    real = sys.platform == "linux" and any(cards.glob("renderD*"))
    return [*_NO_WINDOW, *(_GRAPHICS if real else ())]
