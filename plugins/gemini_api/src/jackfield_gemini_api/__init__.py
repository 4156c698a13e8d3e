"""The Gemini provider for Jackfield: models of Google's over the Gemini API, and over what speaks it too.

General layout: `plugin` is what is found, `_spec` and `_options` what is known before anything is opened.
`_asking` says what becomes of a request and writes it, `_decoder` makes events of the answer, both over the
wire of `generateContent` in `jackfield_api`. `_batches` hands over many requests at once. `_provider` joins
them.
"""

from __future__ import annotations

from ._options import GeminiOptions, GeminiRequestOptions
from ._spec import SPEC

__all__ = ["SPEC", "GeminiOptions", "GeminiRequestOptions"]
