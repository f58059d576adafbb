"""A whole server in this process: real store, real rules, a clock one can turn.

``Gatehouse`` is the server with a small tenant; ``Visitor`` is a browser of sorts that
keeps cookies, follows our own redirects, reads forms and sends them; ``Phone`` is an
app with PKCE.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import random
import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2
import msgspec

from gatelodge import first_run
from gatelodge.actions.functions import Functions
from gatelodge.actions.runner import Actions
from gatelodge.base.encoding import b64url
from gatelodge.base.seal import Sealer
from gatelodge.base.text import email_key
from gatelodge.connections.gate import Gate
from gatelodge.hasher import Hasher, HashingPool
from gatelodge.house import House, load_snapshot, logos, refresh_tokens
from gatelodge.model.factor import Factor
from gatelodge.model.reads import FindByEmail, TailLog
from gatelodge.model.user import Password, User
from gatelodge.model.writes import (
    AssignRole,
    BumpCatalogue,
    InsertFactor,
    InsertUser,
    PutApi,
    PutClient,
    PutConnection,
    PutPassword,
    PutSetting,
)
from gatelodge.outbound import Outbound
from gatelodge.pages.render import Pages
from gatelodge.store.connect import connect
from gatelodge.web.app import App
from gatelodge.work.catalogue import ensure_keys

from .tenant import API, MACHINE_SECRET, START, WEB_SECRET, tenant

__all__ = ["API", "MACHINE_SECRET", "START", "WEB_SECRET"]

ISSUER = "http://localhost:8421/"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
PASSWORD = "correct Horse 7 battery"
MASTER_KEY = hashlib.sha256(b"test master key").digest()


class TurnableClock:
    def __init__(self, at: int = START) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def turn(self, *, seconds: float) -> None:
        self.at += int(seconds * 1000)


class ScriptedEntropy:
    """The same bytes in every run."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def draw(self, size: int) -> bytes:
        return self._random.randbytes(size)


class Gatehouse:
    def __init__(self, house: House, clock: TurnableClock) -> None:
        self.house = house
        self.clock = clock
        self.app = App(house)

    def http(self, *, base: str = ISSUER, ip: str = "192.0.2.7") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, client=(ip, 40000))
        return httpx2.AsyncClient(transport=transport, base_url=base)

    async def write(self, *writes: Any) -> None:
        assert await self.house.store.commit((*writes, BumpCatalogue()))
        await self.house.reload()
        await ensure_keys(self.house)

    async def settings(self, **values: Any) -> None:
        await self.write(
            *(
                PutSetting(key=key, value=value, changed_at=self.clock.now())
                for key, value in values.items()
            )
        )

    async def change_client(self, client_id: str, **changes: Any) -> None:
        client = self.house.snapshot.catalogue.clients[client_id]
        await self.write(PutClient(client=msgspec.structs.replace(client, **changes)))

    async def change_options(self, client_id: str, **changes: Any) -> None:
        options = self.house.snapshot.catalogue.clients[client_id].options
        fresh = msgspec.structs.replace(options, **changes)
        await self.change_client(client_id, options=fresh)

    async def change_connection(self, **changes: Any) -> None:
        connection = self.house.snapshot.catalogue.connections[0]
        options = msgspec.structs.replace(connection.options, **changes)
        changed = msgspec.structs.replace(connection, options=options)
        await self.write(PutConnection(connection=changed))

    async def change_api(self, **changes: Any) -> None:
        api = self.house.snapshot.catalogue.apis[API]
        await self.write(PutApi(api=msgspec.structs.replace(api, **changes)))

    async def change_api_options(self, **changes: Any) -> None:
        options = self.house.snapshot.catalogue.apis[API].options
        await self.change_api(options=msgspec.structs.replace(options, **changes))

    async def user(self, email: str, *, role: str | None = None, **fields: Any) -> User:
        connection = self.house.snapshot.catalogue.connections[0]
        key = email_key(email)
        user = User(
            user_id=f"auth0|{hashlib.sha256(key.encode()).hexdigest()[:24]}",
            connection_id=connection.id,
            email_key=key,
            email=key,
            created_at=self.clock.now(),
            updated_at=self.clock.now(),
            **fields,
        )
        phc = self.house.hashing.hasher.hash(PASSWORD)
        password = Password(user_id=user.user_id, phc=phc, changed_at=self.clock.now())
        writes: list[Any] = [InsertUser(user=user), PutPassword(password=password)]
        if role is not None:
            writes.append(AssignRole(user_id=user.user_id, role_id=role, at=START))
        assert await self.house.store.commit(tuple(writes))
        return user

    async def person(self, email: str) -> User:
        found = await self.house.store.read(FindByEmail(email_key=email_key(email)))
        user: User = found[0].user
        return user

    async def copies(self, email: str, number: int) -> None:
        """As many more passkeys of a person, none of which anybody holds."""
        user = await self.person(email)
        await self.write(
            *(
                InsertFactor(
                    factor=Factor(
                        id=f"passkey|dev_{one}",
                        user_id=user.user_id,
                        kind="passkey",
                        credential=f"copy-{one}",
                        confirmed_at=START,
                    )
                )
                for one in range(number)
            )
        )

    async def log_types(self) -> list[str]:
        lines = await self.house.store.read(TailLog(limit=200))
        return [line.type for line in reversed(lines)]


@contextlib.asynccontextmanager
async def open_gatehouse(
    url: str = "sqlite:///:memory:",
    *,
    seed: int = 7,
    issuers: tuple[str, ...] = (ISSUER,),
    actions: str | None = None,
) -> AsyncIterator[Gatehouse]:
    """A server with the tenant below, on an empty database."""
    clock, entropy = TurnableClock(), ScriptedEntropy(seed)
    sealer = Sealer((MASTER_KEY,))
    store = await connect(url)
    hashing = HashingPool(Hasher(memory=64, passes=1), threads=1)
    functions = Functions(actions) if actions else None
    runner = Actions(functions, Outbound(allowed=LOOPBACK), sealer, clock, entropy)
    try:
        await first_run.prepare(store, sealer=sealer, entropy=entropy, clock=clock)
        house = House(
            store=store,
            clock=clock,
            entropy=entropy,
            sealer=sealer,
            refresh_tokens=refresh_tokens(sealer),
            hashing=hashing,
            pages=Pages(),
            logos=logos(Outbound()),
            gate=Gate(Outbound(allowed=LOOPBACK), clock),
            actions=runner,
            issuers=issuers,
            mailbox=True,
            snapshot=await load_snapshot(store, sealer, issuers),
        )
        gate = Gatehouse(house, clock)
        await gate.write(*tenant())
        yield gate
    finally:
        await runner.close()
        hashing.close()
        await store.close()


class Form:
    """One form of a page: where it goes, what it holds."""

    def __init__(self, action: str, fields: Mapping[str, str]) -> None:
        self.action = action
        self.fields = dict(fields)


def form_of(html: str) -> Form:
    """The first form of a page."""
    found = re.search(
        r"<form[^>]*action=\"([^\"]*)\"[^>]*>(.*?)</form>", html, re.DOTALL
    )
    assert found, "no form on this page"
    hidden = re.findall(
        r"<input[^>]*type=\"hidden\"[^>]*name=\"([^\"]*)\"[^>]*value=\"([^\"]*)\"",
        found[2],
    )
    fields = {name: unescape(value) for name, value in hidden}
    return Form(unescape(found[1]), fields)


class Visitor:
    """A browser of sorts: cookies, same-origin headers, our own redirects."""

    def __init__(self, gate: Gatehouse) -> None:
        self.gate = gate
        self.client = gate.http()
        self.netloc = self.client.base_url.netloc.decode()

    async def get(self, url: str, **headers: str) -> httpx2.Response:
        sent = {"accept": "text/html", "sec-fetch-site": "none", **headers}
        return await self._follow(await self.client.get(url, headers=sent))

    async def send(self, page: httpx2.Response, **fields: str) -> httpx2.Response:
        """Fill in the page's form and send it."""
        form = form_of(page.text)
        return await self.post(page, form.action, {**form.fields, **fields})

    async def post(
        self, page: httpx2.Response, action: str, fields: Mapping[str, str]
    ) -> httpx2.Response:
        """Send a form of this page as it is."""
        url = urljoin(str(page.url), action)
        headers = {
            "accept": "text/html",
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        }
        body = urlencode(fields)
        return await self._follow(
            await self.client.post(url, content=body, headers=headers)
        )

    async def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        """Follow redirects on our own host; stop at the app's address."""
        for _ in range(10):
            location = answer.headers.get("location")
            if location is None:
                return answer
            target = urljoin(str(answer.url), location)
            if urlsplit(target).netloc != self.netloc:
                return answer
            answer = await self.client.get(target, headers={"accept": "text/html"})
        raise AssertionError("redirects do not end")

    async def sign_in(
        self, url: str, email: str, password: str = PASSWORD
    ) -> httpx2.Response:
        page = await self.get(url)
        return await self.send(page, username=email, password=password)


class Phone:
    """An app: makes requests, proves them, exchanges and renews."""

    def __init__(
        self,
        gate: Gatehouse,
        client_id: str = "native",
        redirect_uri: str = "http://127.0.0.1:51234/callback",
        secret: str | None = None,
    ) -> None:
        self.gate = gate
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.secret = secret
        self.verifier = "v" * 43
        self.http = gate.http()

    def authorize_url(self, **more: str | None) -> str:
        challenge = b64url(hashlib.sha256(self.verifier.encode()).digest())
        params: dict[str, str | None] = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile email offline_access read:x",
            "audience": API,
            "state": "st&ate=1",
            "nonce": "n-1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }
        sent = {name: value for name, value in params.items() if value is not None}
        return "/authorize?" + urlencode(sent)

    def answer(self, response: httpx2.Response) -> dict[str, str]:
        """What came back to the redirect URI."""
        assert response.status_code in (302, 303), response.text
        location = response.headers["location"]
        assert location.startswith(self.redirect_uri), location
        return dict(parse_qsl(urlsplit(location).query))

    async def post(self, path: str, /, **fields: str) -> httpx2.Response:
        body = {"client_id": self.client_id, **fields}
        if self.secret is not None:
            body["client_secret"] = self.secret
        return await self.http.post(path, data=body)

    async def exchange(self, code: str, **more: str) -> httpx2.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **more,
        }
        return await self.post("/oauth/token", **fields)

    async def renew(self, refresh_token: str, **more: str) -> httpx2.Response:
        return await self.post(
            "/oauth/token",
            grant_type="refresh_token",
            refresh_token=refresh_token,
            **more,
        )

    async def tokens(self, visitor: Visitor, email: str, **more: str) -> dict[str, Any]:
        """The whole sign-in."""
        landed = await visitor.sign_in(self.authorize_url(**more), email)
        answer = await self.exchange(self.answer(landed)["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWT, unchecked."""
    from gatelodge.base.encoding import unb64url

    decoded: dict[str, Any] = msgspec.json.decode(unb64url(token.split(".")[1]))
    return decoded
