"""The Codegen provider for Jackfield: agent runs over the Codegen API.

General layout: `plugin` is what is found, `_spec` and `_options` what is known before anything is opened.
`_wire` reads the API's JSON, `_client` asks for it. `_asking` is what a request asks, `_submission` gets it
accepted once, `_reader` looks at the run, `_run` follows it and `_decoder` makes events of what is seen.
`_provider` joins them.
"""

from __future__ import annotations

from ._options import CodegenOptions, CodegenRequestOptions
from ._spec import SPEC

__all__ = ["SPEC", "CodegenOptions", "CodegenRequestOptions"]
