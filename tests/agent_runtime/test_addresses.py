"""Which addresses a user's URL may lead to, whatever they are wrapped in: threat 11."""

from __future__ import annotations

import ipaddress

import pytest

from agent_runtime.addresses import Reach, allowed, unwrapped

REFUSED_TO_ALL = [
    "169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "fe80::1",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "0.1.2.3",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "64:ff9b::a83f:8110",
    "192.0.0.192",
    "192.0.0.9",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "240.0.0.1",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b:1::169.254.169.254",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1:2::1.1.1.1",
    "fec0::1",
    "fd20:ce::254",
    "fd00:ec2::23",
    "100::1",
    "2001:db8::1",
    "2001:2::1",
    "2001:10::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "1234::1",
]
LOOPBACK = [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "::7f00:1",
    "::ffff:0:7f00:1",
]
PRIVATE = [
    "10.0.0.1",
    "172.16.5.5",
    "192.168.1.1",
    "fd12::1",
    "100.64.0.1",
    "100.127.255.254",
    "198.18.0.1",
    "198.19.255.254",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "::ffff:10.0.0.1",
    "2002:a00:1::",
]
PUBLIC = ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b:1::1.1.1.1", "64:ff9b::1.1.1.1"]


@pytest.mark.parametrize("reach", Reach)
def test_what_may_be_reached(reach: Reach) -> None:
    def reached(addresses: list[str]) -> set[bool]:
        return {allowed(ipaddress.ip_address(address), reach) for address in addresses}

    assert reached(REFUSED_TO_ALL) == {False}
    assert reached(PUBLIC) == {True}
    assert reached(LOOPBACK) == {reach >= Reach.LOOPBACK}
    assert reached(PRIVATE) == {reach >= Reach.PRIVATE}


def test_addresses_inside_addresses_are_taken_out() -> None:
    teredo = ipaddress.ip_address("2001:0:4136:e378:8000:63bf:3fff:fdd2")
    assert str(unwrapped(teredo)) == "192.0.2.45"
    assert not allowed(teredo, Reach.PUBLIC)
