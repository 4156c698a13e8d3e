"""A front door over a model server, for an application that is to find its models behind one.

`python front_door.py PORT MODEL_PORT KEY`: the application shows KEY, the model server asks for none.
"""

from __future__ import annotations

import sys

import anyio

from jackfield import ProviderContext, ProviderManager
from jackfield_gateway import Gateway, GatewaySettings, Token, serve


async def main(port: int, model: int, key: str) -> None:
    """Serve the one model under its own name until the program is ended."""
    # The model is slow on purpose: it waits for the test.
    options = {"preset": "openai", "base_url": f"http://127.0.0.1:{model}/v1", "default_model": "scripted"}
    async with ProviderManager() as manager:
        await manager.add_provider("openai_api", {**options, "max_concurrency": 50}, name="work")
        await manager.set_provider_context(
            "work", ProviderContext("openai_api", credentials={"token": "none"})
        )
        app = Gateway(manager, Token(key), settings=GatewaySettings(aliases={"scripted": "work:scripted"}))
        await serve(app, stop=anyio.sleep_forever, port=port)


anyio.run(main, int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
