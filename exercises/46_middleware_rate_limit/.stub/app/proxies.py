"""Our own proxies, in front of the app. Each adds the address of its peer to `X-Forwarded-For`."""

from ipaddress import ip_address, ip_network

PROXIES = ("10.0.0.0/28", "2001:db8:a::/64")
"""The networks in which nothing but our proxies is."""

_networks = [ip_network(each) for each in PROXIES]


def is_proxy(address: str) -> bool:
    """Tell whether this is the address of one of our proxies; other text is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _networks)
