"""An app that asks for the password itself, and its second factors."""

from __future__ import annotations

import base64

from gatelodge.login import totp
from gatelodge.model.client import MFA_OTP, PASSWORD_REALM
from gatelodge.model.connection import DEFAULT_CONNECTION

from .gatehouse import API, PASSWORD, Gatehouse

ADA = "ada@example.com"


class Embedded:
    """An app that asks for the password itself."""

    def __init__(self, gate: Gatehouse, client_id: str = "native") -> None:
        self.gate = gate
        self.client_id = client_id
        self.http = gate.http()

    async def token(self, grant_type: str, **fields: str):
        body = {"client_id": self.client_id, "grant_type": grant_type, **fields}
        return await self.http.post("/oauth/token", json=body)

    async def sign_in(self, **more: str):
        fields = {
            "username": ADA,
            "password": PASSWORD,
            "realm": DEFAULT_CONNECTION,
            "audience": API,
            "scope": "openid offline_access read:x",
            **more,
        }
        return await self.token(PASSWORD_REALM, **fields)

    async def halfway(self) -> str:
        refused = await self.sign_in()
        assert refused.json()["error"] == "mfa_required", refused.text
        return refused.json()["mfa_token"]

    async def associate(self, mfa_token: str, **body):
        headers = {"authorization": f"Bearer {mfa_token}"}
        return await self.http.post("/mfa/associate", json=body, headers=headers)

    async def listed(self, mfa_token: str):
        headers = {"authorization": f"Bearer {mfa_token}"}
        return await self.http.get("/mfa/authenticators", headers=headers)

    async def challenge(self, mfa_token: str, **more: str):
        body = {"mfa_token": mfa_token, "client_id": self.client_id, **more}
        return await self.http.post("/mfa/challenge", json=body)

    async def enrol(self) -> tuple[bytes, str]:
        """An authenticator app is set up; its seed, and the recovery code."""
        mfa_token = await self.halfway()
        made = (await self.associate(mfa_token, authenticator_types=["otp"])).json()
        seed = base64.b32decode(made["secret"])
        given = await self.token(MFA_OTP, mfa_token=mfa_token, otp=self.code(seed))
        assert given.status_code == 200, given.text
        self.gate.clock.turn(seconds=60)
        return seed, made["recovery_codes"][0]

    def code(self, seed: bytes) -> str:
        return totp.code_at(seed, self.gate.clock.now() // 30_000)
