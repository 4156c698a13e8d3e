"""An account's messages: some seconds apart and so many a day, counted on the disk before they go."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import anyio
import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, QuotaExhausted
from jackfield_web import SessionStoreError
from jackfield_web.accounts._allowance import Allowance, Count

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@attrs.define(eq=False)
class Clock:
    """A clock that only moves when somebody waits or winds it."""

    time: dt.datetime = NOON
    waited: list[float] = attrs.field(factory=list)

    def now(self) -> dt.datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.time += dt.timedelta(seconds=seconds)
        await anyio.lowlevel.checkpoint()

    def allow(self, interval: float = 2.0, cap: int | None = 200) -> Allowance:
        return Allowance(interval, cap, self.now, self.sleep)


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "jackfield"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.anyio
async def test_messages_keep_their_distance(clock: Clock) -> None:
    """The first message goes at once, the next ones wait for what is left of the interval, each in turn."""
    allowance = clock.allow(interval=10)
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(allowance.admit, "work")
    clock.time += dt.timedelta(seconds=4)
    await allowance.admit("work")

    assert clock.waited == [0, 10, 10, 6]


@pytest.mark.anyio
async def test_the_day_s_messages_are_used_up(clock: Clock, state_folder: Path) -> None:
    """What goes over the day's number is refused, and told when it begins anew; another day begins anew."""
    allowance = clock.allow(interval=0, cap=2)
    for _ in range(2):
        await allowance.admit("work")
    with pytest.raises(QuotaExhausted, match=r"the 2 messages of today.*at 00:00 UTC, in 12 hours") as caught:
        await allowance.admit("work")
    clock.time += dt.timedelta(hours=12)
    await allowance.admit("work")

    assert (caught.value.certainty, caught.value.retry_after) == (Certainty.NOT_SENT, 43200)
    (file,) = (state_folder / "allowance").iterdir()
    assert json.loads(file.read_text())["sent"] == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.anyio
async def test_the_count_outlasts_the_program(clock: Clock) -> None:
    """Another program goes on counting and keeps the distance; another account has its own count."""
    for expected in (0, 2):
        await clock.allow(cap=2).admit("work")
        assert clock.waited[-1] == expected

    with pytest.raises(QuotaExhausted):
        await clock.allow(cap=2).admit("work")
    await clock.allow(cap=2).admit("home")


@pytest.mark.anyio
async def test_a_session_that_is_not_kept(clock: Clock, state_folder: Path) -> None:
    """Without a session there is no account to count for: the count is the connection's own."""
    allowance = clock.allow(cap=1)
    await allowance.admit("")
    with pytest.raises(QuotaExhausted):
        await allowance.admit("")
    await clock.allow(cap=1).admit("")

    assert not (state_folder / "allowance").exists()


@pytest.mark.anyio
async def test_a_clock_that_was_put_back_over_midnight(clock: Clock) -> None:
    """The day's count goes on by it, and begins anew on a later day; one from far ahead keeps nobody."""
    clock.time = dt.datetime(2026, 11, 24, 0, 1, tzinfo=dt.UTC)
    allowance = clock.allow(interval=0, cap=1)
    await allowance.admit("work")
    clock.time -= dt.timedelta(minutes=2)
    with pytest.raises(QuotaExhausted):
        await allowance.admit("work")
    clock.time += dt.timedelta(days=2)
    await allowance.admit("work")
    clock.time -= dt.timedelta(days=400)
    await allowance.admit("work")


@pytest.mark.anyio
async def test_what_cannot_be_counted_is_not(clock: Clock, state_folder: Path) -> None:
    """A message that did not go for want of its count takes no place of the day, and no pause."""
    allowance = clock.allow(cap=2)
    await allowance.admit("work")
    kept = await anyio.Path(state_folder / "allowance").rename(state_folder / "elsewhere")
    await anyio.Path(state_folder / "allowance").write_text("a file where the folder was")
    with pytest.raises(SessionStoreError):
        await allowance.admit("work")
    await anyio.Path(state_folder / "allowance").unlink()
    await kept.rename(state_folder / "allowance")
    await allowance.admit("work")

    assert json.loads((state_folder / "allowance" / "work.json").read_bytes())["sent"] == 2


@pytest.mark.anyio
async def test_no_cap(clock: Clock) -> None:
    """Without a number of messages a day any number goes."""
    allowance = clock.allow(interval=0, cap=None)
    for _ in range(300):
        await allowance.admit("")


ANYTHING = st.none() | st.text(max_size=5) | st.integers() | st.floats() | st.lists(st.integers(), max_size=2)


@given(st.binary(max_size=50) | st.fixed_dictionaries({"day": ANYTHING, "sent": ANYTHING, "last": ANYTHING}))
def test_any_file_is_a_count(kept: bytes | dict[str, object]) -> None:
    """Whatever stands in the file, counting goes on, and nothing is given back."""
    content = kept if isinstance(kept, bytes) else json.dumps(kept).encode()

    assert Count.read(content).sent >= 0


@given(st.floats(0, 1e10), st.floats(0, 1e10), st.floats(0, 100))
def test_a_clock_that_was_put_back(last: float, now: float, interval: float) -> None:
    """Nobody waits longer than the interval, whatever the clock says."""
    assert 0 <= Count("2026-11-23", 1, last).wait(interval, now) <= interval
