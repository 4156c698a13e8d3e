"""Hosts: which names can be one, which are this machine, and which NO_PROXY excepts."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, TypeAlias

_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII | re.IGNORECASE)
_LONGEST: Final = 253
_EXCEPTION: Final = re.compile(r"(?:[a-z]+://)?(?:\[([^\]]*)\]|([^:]*))(?::([0-9]+))?", re.ASCII)

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_host(host: str) -> bool:
    """Whether *host* is an IP address or a name that DNS can hold, in ASCII (IDNA)."""
    if _address(host) is not None:
        return True
    name = host.removesuffix(".")
    return len(name) <= _LONGEST and all(_LABEL.fullmatch(label) for label in name.split("."))


def is_on_this_machine(host: str) -> bool:
    """Whether *host* is `localhost` or a loopback address."""
    address = _address(host)
    return address.is_loopback if address else host.lower().removesuffix(".") == "localhost"


def is_excepted(host: str, port: int, no_proxy: str) -> bool:
    """Whether *no_proxy*, in the form of the variable NO_PROXY, says to go to *host* directly.

    It is a list with commas or spaces: `*` for all; names, which stand for what is below them too, with or
    without a dot in front; addresses and networks (`10.0.0.0/8`); each with a port or for all ports. So read
    curl, Go and urllib it, as far as each goes; what cannot be read is passed over, as there.
    """
    host = host.lower().removesuffix(".")
    return any(_covers(entry, host, port) for entry in re.split(r"[,\s]+", no_proxy.lower()) if entry)


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    network = _network(entry)  # first: an IPv6 address has colons of its own
    if network is None:
        found = _EXCEPTION.fullmatch(entry.rstrip("/"))
        if found is None or (found[3] and int(found[3]) != port):
            return False
        entry = found[1] or found[2] or ""
        network = _network(entry)
    address = _address(host)
    if address is not None or network is not None:
        return address is not None and network is not None and address in network
    name = entry.removeprefix("*").strip(".")
    return bool(name) and f".{host}".endswith(f".{name}")


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
