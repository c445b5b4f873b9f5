"""The client keeps tokens off the network in the clear, and out of what it says."""

from __future__ import annotations

import socket

import pytest

from haulback.verify._stage import NoAnswer
from haulback.verify.api.client import Client, Request


@pytest.mark.parametrize("url", ["http://example.test", "ftp://127.0.0.1", "127.0.0.1", "http://", "https://h:x", ""])
def test_an_address_that_is_none_or_not_private_is_refused(url):
    with pytest.raises(NoAnswer):
        Client(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/rest/v1/", "http://[::1]:1", "http://localhost", "https://a.test"])
def test_loopback_and_tls_are_taken(url):
    assert Client(url)


def test_a_server_that_is_not_there_is_told_without_the_token():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer) as refused:
            Client(f"http://127.0.0.1:{taken.getsockname()[1]}").send(Request("GET", "things"), "a-secret-token")
    assert "does not answer" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("token", ["line\nbreak-secret", "secret-\N{SNOWMAN}"])
def test_a_token_that_is_no_header_is_no_answer_either(token):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        client = Client(f"http://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(NoAnswer) as refused:
            client.send(Request("GET", "things"), token)
    assert "secret" not in str(refused.value)
