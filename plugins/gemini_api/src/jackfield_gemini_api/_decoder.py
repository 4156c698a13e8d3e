"""The answers of the API: the `generateContent` wire, with what is Gemini's own."""

from __future__ import annotations

from jackfield_api import GenerateContentDecoder

from ._options import NAME


class GeminiDecoder(GenerateContentDecoder):
    """An answer of Gemini's; what it signs goes back to `gemini_api` alone."""

    provider = NAME
    remote = "Gemini"
