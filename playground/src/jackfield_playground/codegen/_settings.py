"""How the stand-in behaves: one frozen value, and the words for what can happen to a run or a request."""

from __future__ import annotations

import secrets
from enum import StrEnum

import attrs
from attrs.validators import ge, gt, instance_of, optional


class Outcome(StrEnum):
    """How a run ends. The value, after `playground:` in a prompt, asks for it for that one answer."""

    COMPLETES = "completes"
    FAILS = "fails"
    ERRORS = "errors"
    CANCELLED = "cancelled"
    EMPTY = "empty"
    """COMPLETE, with a null result and no final answer in the logs; and no summary, unless there is a pull
    request to be summed up."""
    NEVER_ENDS = "never-ends"
    NULL_STATUS = "null-status"
    """The status is null for as long as the run works, then COMPLETE."""
    UNKNOWN_STATUS = "unknown-status"
    """The status is EVALUATION, a word no client can know, for as long as the run works, then COMPLETE."""
    VANISHES = "vanishes"
    """The first read finds the run, every later one gets a 404."""
    GOES_BACK = "goes-back"
    """The first read after the end says COMPLETE, the next two RUNNING, then COMPLETE with other words."""


class Route(StrEnum):
    """The routes of the Codegen API that the stand-in serves."""

    ME = "me"
    ORGANIZATIONS = "organizations"
    USERS = "users"
    USER = "user"
    CREATE = "create"
    RUN = "run"
    RUNS = "runs"
    LOGS = "logs"
    RESUME = "resume"
    BAN = "ban"
    UNBAN = "unban"
    REMOVE_FROM_PR = "remove-from-pr"


@attrs.frozen(kw_only=True)
class CodegenSettings:
    """Settings of the Codegen stand-in; changed while it runs by `playground.state.change(...)`."""

    token: str = attrs.field(factory=lambda: f"playground-{secrets.token_hex(8)}", repr=False)
    """The one bearer token that is accepted; invented for each instance unless given."""
    org_id: int = attrs.field(default=323, validator=instance_of(int))
    """The one organization."""
    user_id: int = attrs.field(default=7, validator=instance_of(int))
    """The token's user."""
    step_seconds: float = attrs.field(default=0.02, validator=ge(0))
    """Seconds between two steps of a run: a status, a log entry."""
    step_on_read: bool = False
    """A run takes one step after each read of it (its own, its logs', the list's) instead of one in so many
    seconds: what a client sees then depends on no clock."""
    steps: int = attrs.field(default=3, validator=ge(0))
    """Tool calls of a run between its plan and its final answer."""
    outcome: Outcome = attrs.field(default=Outcome.COMPLETES, converter=Outcome)
    """How a run ends whose prompt has no magic word."""
    plan_limit: int | None = attrs.field(default=None, validator=optional(ge(0)))
    """Runs the plan allows; every further create gets a 402. None: no limit."""
    rate_limits: bool = True
    """Whether the published limits hold: create 10 per minute, reads 60 per 30 s, logs 60 per minute."""
    rate_window_scale: float = attrs.field(default=1.0, validator=gt(0))
    """Factor on the published windows: 0.01 makes "10 per minute" into 10 per 0.6 s."""
    latency_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds between doing what a request asks for and answering it."""
    create_lag_reads: int = attrs.field(default=0, validator=ge(0))
    """Reads (of the run, or of the list) that do not see a new run yet, as in a lagging replica."""
    crowd: int = attrs.field(default=0, validator=ge(0))
    """Runs of other people that come with each new one, right after it. They are at work for ever."""
    clock_offset_seconds: float = 0.0
    """How far ahead of this machine's the clock is that dates runs."""
    resume_lag_reads: int = attrs.field(default=1, validator=ge(0))
    """Reads after a resume that still show the status and result from before it."""
    played: str = "none"
    """What befalls every run; see `CodegenPlayground.play`."""
