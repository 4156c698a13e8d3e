"""Measure every engine beside the same browser undriven, and write the tables into docs/stealth.md.

Run by `nox -s stealth-docs`, which fetches the detectors: `python tools/stealth.py FOLDER_WITH_TARBALLS`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import anyio

from jackfield_stealth import Comparison, as_markdown, has_display, measure
from jackfield_web import Identity, find_browser
from jackfield_web.identity._machine import Machine, browser_version

PAGE: Final = Path(__file__).parent.parent / "docs/stealth.md"
CONFIGURATIONS: Final = (
    ("playwright", True, False, "unaltered"),
    ("playwright", True, True, "unaltered"),
    ("playwright", False, True, "unaltered"),
    ("patchright", True, True, "unaltered"),
    ("patchright", False, False, "unaltered"),
    ("patchright", False, True, "unaltered"),
    ("attach", False, True, "unaltered"),
    ("playwright", False, True, "noise"),
)
"""Engine, whether there is no window, whether there is a profile, and what canvases read."""
LANGUAGES: Final = ("de-DE", "de", "fr")
"""More than one, so that it shows where they are told and where they are not."""
LOOPBACK_ONLY: Final = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
MODULES: Final = {
    "botd": ("fingerprintjs-botd-", "package/dist/botd.esm.js"),
    "fpscanner": ("fpscanner-", "package/dist/fpScanner.es.js"),
    "fingerprintjs": ("fingerprintjs-fingerprintjs-", "package/dist/fp.esm.js"),
}
"""The detectors: the beginning of each tarball's name, and the module in it."""
ASK: Final = {
    "botd": """
        import { load } from "./botd.library.js";
        export default async () => {
          const agent = await load();
          await agent.detect();
          const told = agent.getDetections();
          const found = Object.entries(told).map(([name, { bot, botKind }]) => [name, bot && botKind]);
          return Object.fromEntries(found);
        };""",
    "fpscanner": """
        import Scanner from "./fpscanner.library.js";
        export default async () => {
          const found = await new Scanner().collectFingerprint({ encrypt: false });
          const told = found.fastBotDetectionDetails;
          return Object.fromEntries(Object.entries(told).map(([name, { detected }]) => [name, detected]));
        };""",
    "fingerprintjs": """
        import { load } from "./fingerprintjs.library.js";
        export default async () => {
          const { visitorId, components } = await (await load()).get();
          const told = Object.entries(components);
          const values = told.map(([name, it]) => [name, JSON.stringify(it.value)]);
          return { visitorId, ...Object.fromEntries(values) };
        };""",
}


def read_detectors(folder: Path) -> Mapping[str, bytes]:
    """Return the modules that the probe page asks, from the tarballs in *folder*."""
    found = {name: source.encode() for name, source in ASK.items()}
    for name, (prefix, member) in MODULES.items():
        (tarball,) = folder.glob(f"{prefix}[0-9]*.tgz")
        with tarfile.open(tarball) as opened:
            file = opened.extractfile(member)
            assert file is not None, f"{tarball} has no {member}"
            found[f"{name}.library.js"] = file.read()
    return found


@contextmanager
def a_display() -> Iterator[None]:
    """See that windows can be shown, on a display of our own if there is none."""
    if has_display():
        yield
        return
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True) as server:  # noqa: S603
        assert server.stdout is not None
        os.environ["DISPLAY"] = f":{server.stdout.readline().strip()}"
        try:
            yield
        finally:
            server.terminate()


async def measure_all(detectors: Mapping[str, bytes]) -> list[tuple[str, Comparison]]:
    """Return the comparison of each configuration, and what it is called."""
    found = []
    for engine, headless, profile, canvas in CONFIGURATIONS:
        told = await measure(
            engine,
            headless=headless,
            profile=profile,
            identity=Identity.create(Machine.this(), seed=1878, canvas=canvas, languages=LANGUAGES),
            host_rules=LOOPBACK_ONLY,
            detectors=detectors,
        )
        name = told.configuration + (", canvas noise" if canvas == "noise" else "")
        sys.stdout.write(f"{name}: {told.verdict.partition(': ')[2]}\n")
        found.append((name, told))
    return found


def written(found: Sequence[tuple[str, Comparison]], *, browser: str) -> str:
    """Return the measurement as Markdown."""
    places = list(dict.fromkeys(place for _, told in found for place in told.compared))
    first = found[0][1]
    rows = [("differing signals in", "of", *(name for name, _ in found))]
    rows += [tuple("---" for _ in rows[0])]
    rows += [
        (place, str(first.compared[place]), *(str(told.differing(place)) for _, told in found))
        for place in places
    ]
    total = str(sum(first.compared.values()))
    rows += [("**all**", total, *(f"**{len(told.differences)}**" for _, told in found))]
    parts = [f"Measured on {browser}, on a machine without a graphics card.", _table(rows)]
    unsteady = sorted({name for _, told in found for name in told.unsteady})
    if unsteady:
        parts.append(f"Not the same twice in the undriven browser, so not compared: {', '.join(unsteady)}.")
    for name, told in found:
        verdict = told.verdict.partition(": ")[2]
        parts.append(f"### {name}\n\n{verdict[0].upper()}{verdict[1:]}.")
        if told.differences:
            parts.append(as_markdown(told))
    hand = [("the engine's own input", "the page saw", "a person's"), ("---", "---", "---")]
    hand += [(trait.name, trait.seen, trait.person) for trait in first.hand]
    return "\n\n".join([*parts, "### The hand", _table(hand)])


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(folder: str) -> None:
    """Measure, and write what was found between the page's marks."""
    detectors = read_detectors(Path(folder))
    with a_display():
        found = anyio.run(measure_all, detectors)
    browser = f"Chromium {browser_version(find_browser().path)}"
    marks = re.compile(r"(<!-- measured -->\n).*(\n<!-- /measured -->)", re.DOTALL)
    page = PAGE.read_text("utf-8")
    table = written(found, browser=browser)
    PAGE.write_text(marks.sub(lambda around: f"{around[1]}{table}{around[2]}", page), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
