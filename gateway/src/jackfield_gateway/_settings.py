"""What the front door is told when it is opened. Nothing of it can be changed by a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from jackfield import ConfigError


def _to_targets(aliases: Mapping[str, str | Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    return {
        name: tuple(asked.split(",")) if isinstance(asked, str) else tuple(asked)
        for name, asked in aliases.items()
    }


def _to_names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@attrs.frozen(kw_only=True)
class GatewaySettings:
    """How a front door behaves.

    Attributes:
        aliases: Names of models that clients know, each with whom it means: `CONNECTION`,
            `CONNECTION:MODEL`, or several of them, which are asked one after another where certainty allows.
            Of `ONE|OTHER`, such as two accounts of one provider, the one that is less busy is asked first.
        web: The connections that drive a person's own account on a chat page and are served all the same.
        allow_origins: Web origins whose pages may ask, each written exactly as a browser sends it.
        side_model: Whom to ask for the titles, tags and suggestions that clients want besides, named as a
            client names a model; None leaves them to the model that was asked for, or refuses them where each
            is a conversation or a run of its own.
        threads_file: Where it is kept which conversations, at providers that keep them, histories belong to;
            None forgets it at the end. What tokens with a budget have spent is there, too; no word of what
            was said is.
        ollama: Whether Ollama's wire is spoken, too.
        hosts: Further values of the Host header that are ours, for a name or a proxy in front.
        max_body_bytes: The largest body of a request.
        body_seconds: How long a body may take to arrive.
        ping_seconds: Silence on a stream after which a sign of life is sent.
        quiet_seconds: Silence before a stream's first word after which its headers leave all the same.
        max_requests: How many requests are worked on at once. More wait, those of each token in a queue of
            its own, and the queues take turns.
        wait_seconds: How long a request waits for its turn before it is told to come back.
        most_waiting: How many requests of one token wait at most.
        repeat_seconds: How long a finished answer is kept for a client that repeats its request.

    Raises:
        ConfigError: An alias or an origin makes no sense.
    """

    aliases: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, converter=_to_targets)
    web: frozenset[str] = attrs.field(default=frozenset(), converter=_to_names)
    allow_origins: frozenset[str] = attrs.field(default=frozenset(), converter=_to_names)
    hosts: frozenset[str] = attrs.field(default=frozenset(), converter=_to_names)
    side_model: str | None = None
    threads_file: Path | None = None
    ollama: bool = False
    max_body_bytes: int = 32 * 1024 * 1024
    body_seconds: float = 60.0
    ping_seconds: float = 15.0
    quiet_seconds: float = 60.0
    max_requests: int = 500
    wait_seconds: float = 30.0
    most_waiting: int = 100
    repeat_seconds: float = 600.0

    @aliases.validator
    def _asks_somebody(self, _: object, aliases: Mapping[str, tuple[str, ...]]) -> None:
        for name, targets in aliases.items():
            each = [one for target in targets for one in target.split("|")]
            if not name.strip() or not targets or not all(one.strip() for one in each):
                raise ConfigError(
                    f"the alias {name!r} asks {', '.join(targets) or 'nobody'!r}",
                    hint="Write NAME=CONNECTION or NAME=CONNECTION:MODEL, several with commas or '|'.",
                )

    @allow_origins.validator
    def _no_star(self, _: object, origins: frozenset[str]) -> None:
        for origin in origins:
            scheme, separator, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not separator or not rest or {"*", "/"} & set(rest):
                raise ConfigError(
                    f"{origin!r} is no origin", hint="Write it as a browser sends it: https://app.example."
                )
