"""The Anthropic provider for Jackfield: Claude models over the Messages API, and over what speaks it too.

General layout: `plugin` is what is found, `_spec` and `_options` what is known before anything is opened.
`_asking` says what becomes of a request and writes it, `_decoder` makes events of the answer, both over the
Messages wire of `jackfield_api`. `_batches` hands over many requests at once. `_provider` joins them.
"""

from __future__ import annotations

from ._options import AnthropicOptions, AnthropicRequestOptions
from ._spec import SPEC

__all__ = ["SPEC", "AnthropicOptions", "AnthropicRequestOptions"]
