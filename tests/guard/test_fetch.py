"""Fetching from real servers on the loopback: addresses, limits, one flight."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge_guard import Guard
from gatelodge_guard.discovery import fetch_keys
from gatelodge_guard.errors import BadKeySet, KeysUnavailable, Mistake
from gatelodge_guard.transport import FetchFailed, StandardTransport, check_url

GET = StandardTransport(timeout=0.4)
JSON = {"Content-Type": "application/json"}


@contextmanager
def issuer_server(kit, key, *, set_status=200, delay=0.0):
    """A whole issuer; ``hits`` lists the paths that were asked for."""
    hits, place = [], {}

    def answer(path):
        hits.append(path)
        if path == "/.well-known/openid-configuration":
            uri = place["url"] + ".well-known/jwks.json"
            return (
                200,
                JSON,
                json.dumps({"issuer": place["url"], "jwks_uri": uri}).encode(),
            )
        time.sleep(delay)
        return set_status, JSON, json.dumps({"keys": [key.jwk()]}).encode()

    with kit.http_server(answer) as url:
        place["url"] = url
        yield url, hits


def test_the_first_token_leads_from_discovery_to_the_keys(kit, key, claims):
    with issuer_server(kit, key) as (url, hits):
        guard = Guard(issuer=url, audience=kit.AUDIENCE)
        header = f"Bearer {key.token(claims(iss=url))}"
        assert guard.check(header).sub == "auth0|ada"
        assert guard.check(header).sub == "auth0|ada"
    assert hits == ["/.well-known/openid-configuration", "/.well-known/jwks.json"]


def test_fifty_threads_fetch_once(kit, key, claims):
    with issuer_server(kit, key, delay=0.1) as (url, hits):
        guard = Guard(issuer=url, audience=kit.AUDIENCE)
        accepted = []

        def call(number):
            token = key.token(claims(iss=url, jti=f"{number}"))
            accepted.append(guard.check(f"Bearer {token}"))

        threads = [threading.Thread(target=call, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(accepted) == 50
    assert hits.count("/.well-known/jwks.json") == 1


async def test_fifty_tasks_fetch_once_and_the_loop_runs_on(kit, key, claims):
    with issuer_server(kit, key, delay=0.2) as (url, hits):
        guard = Guard(issuer=url, audience=kit.AUDIENCE)
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        tokens = [key.token(claims(iss=url, jti=f"{n}")) for n in range(50)]
        calls = [guard.check_async(f"Bearer {token}") for token in tokens]
        accepted = await asyncio.gather(*calls)
        ticking.cancel()
    assert len(accepted) == 50
    assert hits.count("/.well-known/jwks.json") == 1
    assert ticks >= 5


async def test_a_cancelled_task_takes_nobody_along(kit, key, claims):
    with issuer_server(kit, key, delay=0.2) as (url, hits):
        guard = Guard(issuer=url, audience=kit.AUDIENCE)
        header = f"Bearer {key.token(claims(iss=url))}"
        first = asyncio.create_task(guard.check_async(header))
        second = asyncio.create_task(guard.check_async(header))
        await asyncio.sleep(0.05)
        first.cancel()
        assert (await second).sub == "auth0|ada"
        with pytest.raises(asyncio.CancelledError):
            await first
    assert hits.count("/.well-known/jwks.json") == 1


def test_a_redirect_is_not_followed(kit, key):
    with issuer_server(kit, key) as (url, hits):
        target = f"{url}.well-known/jwks.json"
        with kit.http_server(lambda _: (302, {"Location": target}, b"")) as turnstile:
            with pytest.raises(BadKeySet, match="302"):
                fetch_keys(turnstile, GET, jwks_uri=turnstile)
            with pytest.raises(BadKeySet, match="302"):
                fetch_keys(turnstile, GET)
    assert hits == []


def test_a_huge_document_is_refused(kit, key):
    def answer(path):
        padding = "x" * (600 if "small" in path else 513 * 1024)
        return 200, JSON, json.dumps({"keys": [key.jwk()], "pad": padding}).encode()

    with kit.http_server(answer) as url:
        assert fetch_keys(url, GET, jwks_uri=f"{url}small")
        with pytest.raises(FetchFailed, match="larger"):
            fetch_keys(url, GET, jwks_uri=f"{url}huge")


@contextmanager
def raw_server(serve):
    """A server that speaks as badly as ``serve(connection)`` wants."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            try:
                serve(connection)
            except OSError:
                return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        thread.join(10)
        listener.close()


def drip(start):
    """Send a byte now and then: no single read ever times out."""

    def serve(connection):
        connection.sendall(start)
        for _ in range(60):
            time.sleep(0.05)
            connection.sendall(b"x")

    return serve


@pytest.mark.parametrize(
    "serve",
    [
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"),
        lambda _: time.sleep(1.0),
        lambda connection: connection.sendall(b"SSH-2.0-hello\r\n"),
        lambda connection: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"
        ),
        lambda _: None,
    ],
    ids=[
        "dripping header",
        "dripping body",
        "silence",
        "not http",
        "cut short",
        "hang-up",
    ],
)
def test_a_server_that_misbehaves_costs_no_more_than_the_deadline(serve):
    with raw_server(serve) as url:
        begun = time.monotonic()
        with pytest.raises(OSError):
            GET.get(url)
        assert time.monotonic() - begun < 2


def test_nobody_listening_is_keys_unavailable(key, claims, kit):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    guard = Guard(issuer=url, audience=kit.AUDIENCE)
    with pytest.raises(KeysUnavailable):
        guard.check(f"Bearer {key.token(claims(iss=url))}")


@pytest.mark.parametrize(
    "url",
    [
        "https://issuer.example/",
        "https://issuer.example:8443/x",
        "http://localhost:3000/",
        "http://127.0.0.1:1/",
        "http://127.8.8.8/",
        "http://[::1]:3000/",
    ],
)
def test_https_and_the_loopback_are_good_addresses(url):
    assert check_url(url).hostname


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/",
        "http://10.0.0.1/",
        "http://localhost.evil.test/",
        "ftp://x/",
        "file:///etc/passwd",
        "https://user:secret@issuer.example/",
        "https://",
        "issuer.test",
        "http://127.0.0.1.evil.test/",
        "https://[::1",
        "https://issuer.example:0/",
    ],
)
def test_other_addresses_are_a_mistake(url, kit):
    with pytest.raises(Mistake) as refused:
        check_url(url)
    assert "secret" not in str(refused.value)
    with pytest.raises(Mistake):
        Guard(issuer=url, audience=kit.AUDIENCE)
    with pytest.raises(Mistake):
        Guard(issuer=kit.ISSUER, audience=kit.AUDIENCE, jwks_uri=url)


def test_an_issuer_that_calls_itself_otherwise_is_not_believed(kit, key):
    issuer = kit.ScriptedIssuer(key)
    with pytest.raises(BadKeySet, match="trailing slash"):
        fetch_keys("https://issuer.test", issuer)


def test_discovery_may_not_lead_to_an_unsafe_address(kit, key):
    issuer = kit.ScriptedIssuer(key)
    (described,) = issuer.documents.values()
    described["jwks_uri"] = "http://internal.example/keys"
    with pytest.raises(Mistake):
        fetch_keys(kit.ISSUER, issuer)


@pytest.mark.parametrize("described", [["?"], {"issuer": "https://issuer.test/"}])
def test_a_discovery_document_that_says_nothing_is_refused(kit, key, described):
    issuer = kit.ScriptedIssuer(key)
    issuer.documents = dict.fromkeys(issuer.documents, described)
    with pytest.raises(BadKeySet):
        fetch_keys(kit.ISSUER, issuer)


def test_without_discovery_the_keys_are_where_auth0_keeps_them(kit, key):
    issuer = kit.ScriptedIssuer(key)
    issuer.documents.clear()
    assert [found.kid for found in fetch_keys(kit.ISSUER, issuer)] == ["k1"]


def test_a_key_set_that_is_not_json_is_refused(kit):
    page = kit.http_server(lambda _: (200, JSON, b"<html>"))
    with page as url, pytest.raises(BadKeySet, match="not JSON"):
        fetch_keys(url, GET, jwks_uri=url)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for localhost that nobody vouches for."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), serial_number=1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(private, hashes.SHA256())
    )
    pem = tmp_path / "localhost.pem"
    unsealed = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem.write_bytes(
        private.private_bytes(serialization.Encoding.PEM, form, unsealed)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return pem


def test_over_tls_the_certificate_must_be_trusted(kit, key, certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    body = json.dumps({"keys": [key.jwk()]}).encode()
    trusting = StandardTransport(context=ssl.create_default_context(cafile=certificate))
    with kit.http_server(lambda _: (200, JSON, body), tls=tls) as url:
        port = url.rstrip("/").rpartition(":")[2]
        secure = f"https://localhost:{port}/keys"
        assert fetch_keys(url, trusting, jwks_uri=secure)
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch_keys(url, GET, jwks_uri=secure)
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch_keys(url, trusting, jwks_uri=f"https://127.0.0.1:{port}/keys")
