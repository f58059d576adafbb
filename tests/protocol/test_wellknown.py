"""Documents about us, hosts, CORS, keys (scenarios 12, 14; rules 1, 8, 27, 36, 37)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatelodge.house import Snapshot
from gatelodge.keys import Keyring, revoke, rotate
from gatelodge.model.client import Android, Ios
from gatelodge_guard import jws

from .gatehouse import API, ISSUER, Phone, open_gatehouse

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "//.well-known/openid-configuration",
    ],
)
async def test_discovery_is_the_golden_document(phone, path) -> None:
    answer = await phone.http.get(ISSUER.rstrip("/") + path)
    expected = json.loads((GOLDEN / "discovery.json").read_text())
    assert answer.json() == expected


async def test_keys_have_what_clients_need(phone) -> None:
    keys = (await phone.http.get("/.well-known/jwks.json")).json()["keys"]
    assert len(keys) == 2  # the current key and the next
    for key in keys:
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert {"kid", "n", "e", "x5t", "x5c"} <= set(key)
        assert "d" not in key


async def test_rotation_and_revocation(gate, visitor, phone) -> None:
    await gate.user("ada@example.com")
    before = (await phone.tokens(visitor, "ada@example.com"))["id_token"]

    async def published():
        return jws.load_keys((await phone.http.get("/.well-known/jwks.json")).json())

    keys_before = await published()
    house = gate.house
    await gate.write(
        *rotate(
            house.snapshot.catalogue.signing_keys,
            "RS256",
            sealer=house.sealer,
            entropy=house.entropy,
            now=gate.clock.at,
        )
    )
    after = (await phone.tokens(visitor, "ada@example.com", prompt="login"))["id_token"]
    jws.verify(after, keys_before)  # the next key had been published before it signed
    keys = await published()
    jws.verify(before, keys)
    old = jws.parse(before).kid
    await gate.write(
        *revoke(house.snapshot.catalogue.signing_keys, old, now=gate.clock.at)
    )
    with pytest.raises(Exception, match="key"):
        jws.verify(before, await published())
    jws.verify(after, await published())


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_an_api_chooses_its_algorithm(gate, visitor, phone, alg) -> None:
    await gate.change_api(signing_alg=alg)
    await gate.user("ada@example.com")
    tokens = await phone.tokens(visitor, "ada@example.com")
    keys = jws.load_keys((await phone.http.get("/.well-known/jwks.json")).json())
    assert jws.verify(tokens["access_token"], keys).header["alg"] == alg
    assert jws.verify(tokens["id_token"], keys).header["alg"] == "RS256"


async def test_rfc9068_dialect(gate, visitor, phone) -> None:
    await gate.change_api_options(dialect="rfc9068_profile_authz")
    await gate.user("ada@example.com", role="rol_reader")
    token = (await phone.tokens(visitor, "ada@example.com"))["access_token"]
    keys = jws.load_keys((await phone.http.get("/.well-known/jwks.json")).json())
    verified = jws.verify(token, keys)
    assert verified.header["typ"] == "at+jwt"
    assert verified.payload["client_id"] == "native"
    assert verified.payload["jti"]
    assert verified.payload["permissions"] == ["read:x"]
    assert "azp" not in verified.payload


async def test_association_files(gate, phone) -> None:
    apple = "/.well-known/apple-app-site-association"
    assert (await phone.http.get(apple)).json() == {
        "applinks": {"apps": [], "details": []},
        "webcredentials": {"apps": []},
    }
    assert (await phone.http.get("/.well-known/assetlinks.json")).json() == []
    await gate.change_options(
        "native",
        ios=Ios(team_id="TEAM", bundle_id="com.example.app"),
        android=Android(package_name="com.example.app", fingerprints=("AA:BB",)),
    )
    for path in (apple, "/apple-app-site-association"):
        answer = await phone.http.get(path)
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert body["webcredentials"]["apps"] == ["TEAM.com.example.app"]
        assert "/ios/com.example.app/*" in body["applinks"]["details"][0]["paths"]
    links = (await phone.http.get("/.well-known/assetlinks.json")).json()
    assert links[0]["target"]["package_name"] == "com.example.app"


async def test_return_to_app(gate, visitor) -> None:
    own = "com.example.app://localhost/ios/com.example.app/callback"
    https = f"{ISSUER}ios/com.example.app/callback"
    await gate.change_client("native", redirect_uris=(https, own))
    page = await visitor.get("/ios/com.example.app/callback?code=x&state=y")
    assert page.status_code == 200
    assert f"{own}?code=x&amp;state=y" in page.text
    assert (await visitor.get("/ios/other/callback")).status_code == 404


async def test_an_unknown_host_is_nobody(phone) -> None:
    answer = await phone.http.get(
        "/.well-known/openid-configuration", headers={"host": "evil.example.com"}
    )
    assert answer.status_code == 421
    health = await phone.http.get("/healthz", headers={"host": "10.0.0.1:8421"})
    assert health.status_code == 200


async def test_each_issuer_is_its_own() -> None:
    issuers = (ISSUER, "https://login.example.com/")
    async with open_gatehouse(issuers=issuers) as gate:
        answer = await gate.http(base=issuers[1]).get(
            "/.well-known/openid-configuration"
        )
        assert answer.json()["issuer"] == issuers[1]
        page = await gate.http(base=issuers[1]).get(Phone(gate).authorize_url())
        cookie = page.headers["set-cookie"]
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        assert "strict-transport-security" in page.headers


async def test_cors(phone) -> None:
    listed = {"origin": "https://spa.example.com"}
    preflight = await phone.http.options(
        "/oauth/token",
        headers={**listed, "access-control-request-method": "POST"},
    )
    assert preflight.headers["access-control-allow-origin"] == listed["origin"]
    for name in ("auth0-client", "content-type", "authorization", "dpop"):
        assert name in preflight.headers["access-control-allow-headers"]
    answer = await phone.http.post("/oauth/token", headers=listed)
    assert answer.headers["access-control-allow-origin"] == listed["origin"]
    other = {"origin": "https://evil.example.com"}
    refused = await phone.http.post("/oauth/token", headers=other)
    assert "access-control-allow-origin" not in refused.headers
    for shell in ("capacitor://localhost", "ionic://localhost", "http://localhost"):
        answer = await phone.http.get("/userinfo", headers={"origin": shell})
        assert answer.headers["access-control-allow-origin"] == shell
    page = await phone.http.get(phone.authorize_url(), headers=listed)
    assert "access-control-allow-origin" not in page.headers


@pytest.mark.parametrize("path", ["/oauth/ro", "/delegation", "/tokeninfo"])
async def test_legacy_endpoints_are_disabled(phone, path) -> None:
    answer = await phone.http.post(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "endpoint_disabled"


async def test_wrong_methods_and_paths(phone) -> None:
    wrong = await phone.http.get("/oauth/token")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert (await phone.http.get("/nothing")).status_code == 404
    page = await phone.http.get("/nothing", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")


async def test_health(phone) -> None:
    assert (await phone.http.get("/healthz")).json() == {"status": "ok"}
    assert (await phone.http.get("/readyz")).json() == {"status": "ready"}


async def test_storage_away_is_503(gate, visitor, phone) -> None:
    from gatelodge.store.database import StoreUnavailable

    class Away:
        async def read(self, question):
            raise StoreUnavailable("away")

        async def commit(self, writes):
            raise StoreUnavailable("away")

    await gate.user("ada@example.com")
    tokens = await phone.tokens(visitor, "ada@example.com")
    store, gate.house.store = gate.house.store, Away()
    renew = await phone.renew(tokens["refresh_token"])
    page = await visitor.get(phone.authorize_url())
    ready = await phone.http.get("/readyz")
    refused = await phone.renew("rt_" + "x" * 80)
    gate.house.store = store
    for answer in (renew, page, ready, refused):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert (await phone.renew(tokens["refresh_token"])).status_code == 200


async def test_without_a_signing_key_it_is_not_ready(gate, phone) -> None:
    keyless = Keyring((), gate.house.sealer)
    gate.house.snapshot = Snapshot(gate.house.snapshot.catalogue, keyless)
    answer = await phone.http.get("/readyz")
    assert answer.json() == {"status": "no signing key"}
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_api_identifier_is_compared_exactly(visitor, phone) -> None:
    answer = phone.answer(await visitor.get(phone.authorize_url(audience=API[:-1])))
    assert answer["error"] == "access_denied"


async def test_a_cache_keeps_answers_to_pages_apart(gate) -> None:
    http = gate.http()
    for path in ("/.well-known/jwks.json", "/.well-known/openid-configuration"):
        assert (await http.get(path)).headers["vary"] == "Origin"
        origin = {"origin": "https://spa.example.com"}
        answer = await http.get(path, headers=origin)
        assert answer.headers["vary"] == "Origin"
        assert answer.headers["access-control-allow-origin"] == origin["origin"]
