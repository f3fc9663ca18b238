"""Which addresses a URL that a user chose may lead to: an explicit list, the same on every Python.

From IANA's registries of special-purpose addresses, https://www.iana.org/assignments/iana-ipv4-special-registry
and https://www.iana.org/assignments/iana-ipv6-special-registry, and from the clouds' own documentation.
"""

from __future__ import annotations

import ipaddress
from enum import IntEnum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Where clouds serve credentials or settings to whoever asks from inside; nobody runs a model there.
# Those of most clouds are link-local (169.254.169.254) and refused as such.
_METADATA = _networks(
    "fd00:ec2::254",  # AWS: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
    "fd00:ec2::23",  # AWS EKS Pod Identity: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
    "fd20:ce::254",  # Google: https://cloud.google.com/compute/docs/metadata/querying-metadata
    "fd00:42::42",  # Scaleway: https://www.scaleway.com/en/docs/instances/how-to/use-cloud-init/
    "100.100.100.200",  # Alibaba: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
    "168.63.129.16",  # Azure: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
)

# No server that anybody may ask is here, whatever the operator allows.
_NEVER = _METADATA + _networks(
    "0.0.0.0/8",  # RFC 791: this network
    "169.254.0.0/16",  # RFC 3927: link-local
    "192.0.0.0/24",  # RFC 6890: IETF protocols; Oracle's metadata is at 192.0.0.192
    "192.0.2.0/24",  # RFC 5737: documentation
    "192.88.99.0/24",  # RFC 7526: 6to4 relays, deprecated
    "198.51.100.0/24",  # RFC 5737: documentation
    "203.0.113.0/24",  # RFC 5737: documentation
    "224.0.0.0/4",  # RFC 5771: multicast
    "240.0.0.0/4",  # RFC 1112 and RFC 919: reserved, and broadcast
    "::/128",  # RFC 4291: unspecified
    "64:ff9b:1::/48",  # RFC 8215: local NAT64, where the address inside is not known (see `unwrapped`)
    "100::/64",  # RFC 6666: discarded
    "100:0:0:1::/64",  # RFC 9780: dummy
    "2001::/23",  # RFC 2928: IETF protocols, with Teredo, benchmarking and ORCHID
    "2001:db8::/32",  # RFC 3849: documentation
    "2002::/16",  # RFC 3056: 6to4, unwrapped before
    "3fff::/20",  # RFC 9637: documentation
    "5f00::/16",  # RFC 9602: segment routing
    "fe80::/10",  # RFC 4291: link-local
    "fec0::/10",  # RFC 3879: site-local, deprecated
    "ff00::/8",  # RFC 4291: multicast
)
_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _networks(
    "10.0.0.0/8",  # RFC 1918
    "172.16.0.0/12",  # RFC 1918
    "192.168.0.0/16",  # RFC 1918
    "100.64.0.0/10",  # RFC 6598: shared with a provider; networks at home and in clouds use it
    "198.18.0.0/15",  # RFC 2544: benchmarking; proxies of one's own use it
    "fc00::/7",  # RFC 4193: unique local
)
# https://www.iana.org/assignments/ipv6-unicast-address-assignments: all else of IPv6 is given to nobody.
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")

# IPv6 addresses with an IPv4 address in their last 32 bits.
_CARRIERS = _networks(
    "::/96",  # RFC 4291: IPv4-compatible, deprecated
    "::ffff:0:0/96",  # RFC 4291: IPv4-mapped
    "::ffff:0:0:0/96",  # RFC 2765: IPv4-translated
    "64:ff9b::/96",  # RFC 6052: NAT64
    # RFC 8215: local NAT64. A network may also use a shorter prefix of it, and then the IPv4 address is
    # elsewhere; with zeros there it is nowhere else, and what isn't so is refused.
    "64:ff9b:1::/96",
)


class Reach(IntEnum):
    """How near an address may be. Each allows what those before it allow."""

    PUBLIC = 0
    LOOPBACK = 1
    PRIVATE = 2


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, ipaddress.IPv4Address) or int(address) <= 1:
        return address
    if _within(address, _CARRIERS):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    # 6to4 (RFC 3056) and Teredo (RFC 4380) have theirs elsewhere.
    return address.sixtofour or (address.teredo[1] if address.teredo is not None else address)


def allowed(address: Address, reach: Reach) -> bool:
    """Whether a user's URL may lead to this address."""
    address = unwrapped(address)
    if _within(address, _NEVER):
        return False
    if _within(address, _LOOPBACK):
        return reach >= Reach.LOOPBACK
    if _within(address, _PRIVATE):
        return reach >= Reach.PRIVATE
    return address.version == 4 or address in _GLOBAL_IPV6


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
