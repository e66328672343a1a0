"""Webhooks never go inside: not as an address is written, and not where its name leads."""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import Any

import pytest

from inbox.events.addresses import PrivateAddress, address_fault, may_be_reached, resolved, target_of
from inbox.events.sending import PinnedConnection, _cut, post

INSIDE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "0.1.2.3", "100.64.0.1", "100.127.255.255", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "::127.0.0.1",
    "2001::1", "2001:db8::1", "::ffff:0:0",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"]


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.PRODUCTION, settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PORTS = True, [], [443]


@pytest.mark.parametrize("address", INSIDE)
def test_what_leads_inside_is_refused_as_it_is_written(address: str) -> None:
    assert not may_be_reached(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert "leads inside" in address_fault(f"https://{host}/hook")


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_outside_is_reached(address: str) -> None:
    assert may_be_reached(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", INSIDE)
def test_what_leads_inside_is_refused_after_its_name_was_resolved(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_lead_to(monkeypatch, "93.184.216.34", address)
    with pytest.raises(PrivateAddress):
        resolved(target_of("https://hooks.example.com/"))
    answer = post("https://hooks.example.com/", body=b"{}", headers={})
    assert (answer.status, answer.error) == (None, "PrivateAddress: The name leads inside a network.")


def names_lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found: list[Any] = [(None, None, None, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_other_ways_to_write_an_address_are_resolved_first(host: str) -> None:
    try:
        with pytest.raises(PrivateAddress):
            resolved(target_of(f"https://{host}/"))
    except socket.gaierror:
        return  # this system does not take it for an address at all


def test_a_name_that_leads_nowhere_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    names_lead_to(monkeypatch)
    with pytest.raises(PrivateAddress):
        resolved(target_of("https://hooks.example.com/"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://hooks.example.com/health?from=portal", ""),
        ("https://hooks.example.com:443/", ""),
        ("http://hooks.example.com/", "must begin with https://"),
        ("ftp://hooks.example.com/", "must begin with https://"),
        ("hooks.example.com", "must begin with https://"),
        ("", "must begin with https://"),
        ("https:///path", "name of the host"),
        ("https://me@hooks.example.com/", "name of the host"),
        ("https://me:secret@hooks.example.com/", "name of the host"),
        ("https://hooks.example.com@127.0.0.1/", "name of the host"),
        ("https://hooks.example.com:8080/", "these ports: 443"),
        ("https://hooks.example.com:22/", "these ports: 443"),
        ("https://hooks.example.com:0/", "these ports: 443"),
        ("https://hooks.example.com:99999/", "no address"),
        ("https://[::1/", "no address"),
        ("https://hooks.example.com/#part", "follows the #"),
        ("https://hooks.example.com/\r\nHost: inside", "without spaces"),
        ("https://höoks.example.com/", "plain letters"),
    ],
)
def test_an_address_is_checked_as_it_is_written(url: str, said: str) -> None:
    fault = address_fault(url)
    assert said in fault
    assert bool(said) == bool(fault)


def test_networks_that_the_operator_allows_are_reached(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16"]
    assert address_fault("https://10.20.1.1/") == ""
    assert "leads inside" in address_fault("https://10.21.1.1/")


def test_http_is_for_a_portal_of_ones_own_machine_alone(settings: Any) -> None:
    settings.PRODUCTION = False
    assert address_fault("http://hooks.example.com:8000/") == ""


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The name is asked for once: what it leads to a moment later does not matter."""
    settings.PRODUCTION, settings.WEBHOOK_NETWORKS = False, ["127.0.0.1/32"]
    asked: list[str] = []
    original = socket.getaddrinfo

    def lead(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "hooks.example.com":
            return original(host, *args, **kwargs)
        asked.append(host)
        return original("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lead)
    from .receiver import receiving

    with receiving() as receiver:
        answer = post(f"http://hooks.example.com:{receiver.port}/x", body=b"{}", headers={})
    assert (answer.status, asked) == (200, ["hooks.example.com"])
    assert receiver.came[0][0]["host"] == f"hooks.example.com:{receiver.port}"


def test_a_redirect_is_not_followed() -> None:
    from .receiver import Receiver, receiving

    with receiving() as other, receiving(Receiver(status=302, headers={"Location": other.url})) as receiver:
        answer = within(receiver.url)
    assert (answer.status, answer.is_taken, other.came) == (302, False, [])


def within(url: str, *, seconds: float = 5) -> Any:
    from django.test import override_settings

    with override_settings(PRODUCTION=False, WEBHOOK_NETWORKS=["127.0.0.0/8"]):
        return post(url, body=b"{}", headers={}, seconds=seconds)


def test_no_more_of_an_answer_is_read_than_is_kept() -> None:
    from .receiver import Receiver, receiving

    with receiving(Receiver(body=b"x" * 1_000_000)) as receiver:
        answer = within(receiver.url)
    assert (answer.status, len(answer.text)) == (200, 4_000)


def test_who_answers_a_byte_at_a_time_is_left() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port, stop = listening.getsockname()[1], threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            while not stop.wait(0.1):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    answer = within(f"http://127.0.0.1:{port}/", seconds=1)
    stop.set()
    thread.join()
    listening.close()
    assert answer.status is None
    assert answer.seconds < 4


def test_nobody_there_is_an_answer_too() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    answer = within(f"http://127.0.0.1:{port}/")
    assert (answer.status, answer.is_taken) == (None, False)
    assert answer.error.startswith("ConnectionRefusedError")


def test_https_checks_the_certificate_of_the_name() -> None:
    from .receiver import receiving

    with receiving() as receiver:
        answer = within(f"https://127.0.0.1:{receiver.port}/")
    assert answer.status is None
    assert answer.error.startswith("SSLError")


def test_a_connection_that_has_ended_is_cut_without_a_fault() -> None:
    connection = PinnedConnection(target_of("http://localhost/"), address="127.0.0.1", seconds=1)
    _cut(connection)
    connection.sock = socket.socket()
    connection.sock.close()
    _cut(connection)
