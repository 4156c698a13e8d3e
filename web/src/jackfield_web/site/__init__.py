"""A chat page as data: what it is like, and where its description comes from. No I/O but files."""

from __future__ import annotations

from ._address import Address, read_address, told_address
from ._claims import TokenClaims, claims_in, ended_at
from ._files import SiteFile, known_sites, newest_site, own_sites
from ._letters import are_alike, covers, in_json, in_storage, is_drawn_as, is_same, letters_of, may_be
from ._loading import build_site, load_site
from ._site import (
    Addresses,
    Composer,
    LoginStep,
    ModelPicker,
    Reading,
    ReadingWay,
    Selectors,
    SettleWay,
    Site,
    Timing,
    Variant,
)
from ._wires import Rule, WireKind, WirePattern

__all__ = [
    "Address",
    "Addresses",
    "Composer",
    "LoginStep",
    "ModelPicker",
    "Reading",
    "ReadingWay",
    "Rule",
    "Selectors",
    "SettleWay",
    "Site",
    "SiteFile",
    "Timing",
    "TokenClaims",
    "Variant",
    "WireKind",
    "WirePattern",
    "are_alike",
    "build_site",
    "claims_in",
    "covers",
    "ended_at",
    "in_json",
    "in_storage",
    "is_drawn_as",
    "is_same",
    "known_sites",
    "letters_of",
    "load_site",
    "may_be",
    "newest_site",
    "own_sites",
    "read_address",
    "told_address",
]
