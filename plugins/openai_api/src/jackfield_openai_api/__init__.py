"""OpenAI for Jackfield, and every remote that speaks its wires: chat completions and Responses.

General layout: `plugin` is what is found, `_spec` and `_options` what is known before anything is opened,
`_presets` and `presets.toml` the remotes that are known. `_provider` is one account, opened. The wires
themselves are in `jackfield_api`, for others to use.
"""

from __future__ import annotations

from ._options import OpenAIOptions, OpenAIRequestOptions
from ._spec import SPEC

__all__ = ["SPEC", "OpenAIOptions", "OpenAIRequestOptions"]
