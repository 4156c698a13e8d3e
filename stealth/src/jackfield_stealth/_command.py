"""`jackfield stealth`: what a page can see of a driven browser, beside the same browser undriven."""

from __future__ import annotations

from typing import Final

import anyio
import click

from jackfield_web.browser import ENGINES
from jackfield_web.identity import Identity, Machine

from ._comparison import Comparison
from ._measuring import measure
from ._table import as_text

_SEED: Final = 1878


@click.command("stealth")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="playwright",
    show_default=True,
    help="What drives the browser.",
)
@click.option("--headed/--headless", default=False, help="Whether the driven browser has a window.")
@click.option(
    "--profile/--no-profile",
    default=True,
    show_default=True,
    help="Whether the driven browser keeps a profile, as with `profile = true`.",
)
@click.option("--browser", help="The browser's path or name.  [default: look for one]")
@click.option(
    "--canvas",
    type=click.Choice(["unaltered", "noise"]),
    default="unaltered",
    show_default=True,
    help="With noise, the table shows what noise costs.",
)
@click.pass_context
def stealth(
    context: click.Context, *, engine: str, headed: bool, profile: bool, browser: str | None, canvas: str
) -> None:
    """Compare a driven browser with your own, signal by signal.

    A page of Jackfield's own is served on this machine and opened by both: nothing leaves the machine. The
    driven browser is asked in the page, in frames, in workers, by its headers and beside a second tab. Its
    hand is watched, and what it brings about.
    """
    root = context.find_root().params
    backend = root.get("backend") or "asyncio"
    found = anyio.run(_measured, engine, not headed, profile, browser, canvas, backend=backend)
    click.echo(as_text(found))


async def _measured(
    engine: str, headless: bool, profile: bool, browser: str | None, canvas: str
) -> Comparison:
    identity = await anyio.to_thread.run_sync(_somebody, canvas)
    return await measure(engine, headless=headless, profile=profile, browser=browser, identity=identity)


def _somebody(canvas: str) -> Identity:
    return Identity.create(Machine.this(), seed=_SEED, canvas=canvas)
