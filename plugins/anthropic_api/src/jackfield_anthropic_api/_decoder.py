"""The answers of the API: the Messages wire, with what is Anthropic's own."""

from __future__ import annotations

import jackfield_api

from ._options import NAME


class MessagesDecoder(jackfield_api.MessagesDecoder):
    """A message of Anthropic's; what it signs goes back to `anthropic_api` alone."""

    provider = NAME
    remote = "Anthropic"
