"""The front door: any connection behind the wires that programs already speak.

    async with ProviderManager() as manager:
        await manager.add_from_config()
        app = Gateway(manager, token)            # an ASGI application, on asyncio and trio

General layout, one request's way:

    _server            takes connections in, and ends in order
      → _connection    one of them: its times, and what is no HTTP
      → _http1         its HTTP, in which nobody is asked for a body that nobody wants
    Gateway            routes by the raw path; every failure leaves in the wire's own shape
      → _guard         who may ask at all: Host, Origin, token, before a byte of the body is read
      → _pace          how fast a token may ask
      → _places        whose turn it is, where more is asked than is worked on at once
      → _http          the body, within a size and a time; the reply, whose headers leave with its first bytes
      → Wire.decode    the body → the contract's `ChatRequest`
      → _routing       a model's name → whom to ask; the one place that says what is served
      → _purse         what a token may spend, of which nobody is asked for more
      → _answer        the answer, written once and read by all that asked for it
      → Encoder        the contract's events → the wire's bytes
      → _metrics       what is counted of it
      → _ledger        how it ended, without a word of it; _view shows that on a page

**A wire** is one module in `_wires`: a class with the methods of `Wire` (see `_wire`), which does no I/O and
knows neither HTTP nor the manager, and a line in `_wires.WIRES`. It decodes a request, encodes events, the
whole answer and a `Fault`. What is asked is a chat (`Asked`), vectors of texts (`AskedVectors`), or what a
model is (`AskedAbout`); the last two tell their answers themselves. What a request says that is not
understood goes into `Asked.ignored`, or is a `Refusal` that names it where dropping it could hurt. Faults
come as words that all wires share, see `_fault`: a wire says what each is called there.
"""

from __future__ import annotations

from ._budget import Budget
from ._connection import Limits
from ._gateway import Gateway
from ._server import serve
from ._settings import GatewaySettings
from ._token import Token, read_token

__all__ = ["Budget", "Gateway", "GatewaySettings", "Limits", "Token", "read_token", "serve"]
