"""Which machine a host or an address means."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether a host, a name or an address without brackets, is this machine and no other can be meant."""
    if host.lower() == "localhost":
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None  # of a socket for both versions
    return (mapped or found).is_loopback
