"""Stand-ins by name, for asynchronous code on any event loop."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import anyio

from .anthropic import AnthropicPlayground
from .gemini import GeminiPlayground
from .openai import OpenAIPlayground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_STANDS: Final = {"anthropic": AnthropicPlayground, "gemini": GeminiPlayground, "openai": OpenAIPlayground}


@contextlib.asynccontextmanager
async def playground(
    name: str, *, faults: str | Sequence[str] | None = None, **settings: Any
) -> AsyncIterator[Any]:
    """Run the stand-in that is called *name* until the block is left; the event loop goes on meanwhile.

    ```python
    async with playground("openai", faults="cut") as openai:
        print(openai.base_url, openai.key)
    ```

    Args:
        name: `anthropic`, `gemini` or `openai`.
        faults: What befalls every request that costs money, from the beginning; see `Fault`. Several befall
            the first requests one after another.
        **settings: Changes of its settings.

    Raises:
        LookupError: there is no such stand-in.
        ValueError: there is no such fault.
    """
    if name not in _STANDS:
        raise LookupError(f"there is no stand-in {name!r}; there is {', '.join(sorted(_STANDS))}")
    stand: Any = _STANDS[name]()
    stand.state.change(**settings)
    if isinstance(faults, str):
        stand.state.play(faults)
    elif faults is not None:
        stand.state.play_next(*faults)
    with contextlib.ExitStack() as stack:
        running = await anyio.to_thread.run_sync(stack.enter_context, stand.running())
        try:
            yield running
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(stack.close)
