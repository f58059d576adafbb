"""The timesheets API: FastAPI behind the guard.

``python -m gatelodge.demo.timesheets.api --issuer http://localhost:8421/``
"""

# Annotations are not postponed here: FastAPI reads them while the app is being made,
# and those below name values that live in ``create_app`` only.
import argparse
import socket
from datetime import date
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field

from gatelodge.demo.timesheets.sheets import Sheets
from gatelodge_guard import Claims, Guard
from gatelodge_guard.fastapi import FastAPIGuard

AUDIENCE = "https://timesheets.example.com/"
READ, CREATE, APPROVE = "read:timesheets", "create:timesheets", "approve:timesheets"


class Hours(BaseModel):
    """What a person writes down about one day."""

    day: date
    hours: float = Field(gt=0, le=24)
    task: str = Field(min_length=1, max_length=80)


def create_app(guard: Guard) -> FastAPI:
    """Make the API; ``guard`` decides whose tokens count."""
    app = FastAPI(title="Timesheets")
    gate, sheets = FastAPIGuard(guard), Sheets()
    caller, reader, writer = (gate.require(*need) for need in ((), (READ,), (CREATE,)))
    approver = gate.require(permissions=[APPROVE])

    @app.get("/me")
    async def me(claims: Annotated[Claims, Depends(caller)]) -> dict[str, Any]:
        """Who is calling, as this API sees it."""
        return who(claims)

    @app.get("/timesheets")
    async def read(claims: Annotated[Claims, Depends(reader)]) -> list[dict[str, Any]]:
        """One's own sheets; for those who approve, everybody's."""
        everybody = APPROVE in claims.permissions
        return sheets.of(None if everybody else claims.sub)

    @app.post("/timesheets", status_code=201)
    async def create(
        hours: Hours, claims: Annotated[Claims, Depends(writer)]
    ) -> dict[str, Any]:
        """Write down the hours of one day."""
        name = who(claims)["name"] or claims.sub
        written = hours.model_dump(mode="json")
        return sheets.add(claims.sub, {"who": name, **written})

    @app.post("/timesheets/{number}/approval")
    async def approve(
        number: int, claims: Annotated[Claims, Depends(approver)]
    ) -> dict[str, Any]:
        """Approve a sheet."""
        approved = sheets.approve(number, by=who(claims)["name"] or claims.sub)
        if approved is None:
            raise HTTPException(404, f"there is no timesheet {number}")
        return approved

    gate.install(app)
    return app


def who(claims: Claims) -> dict[str, Any]:
    """The caller; the namespaced claims come from the tenant's claim templates."""
    return {
        "sub": claims.sub,
        "client_id": claims.client_id,
        "scopes": sorted(claims.scopes),
        "permissions": sorted(claims.permissions),
        "name": claims.get(f"{AUDIENCE}name"),
        "email": claims.get(f"{AUDIENCE}email"),
        "roles": claims.get(f"{AUDIENCE}roles", []),
        "team": claims.get(f"{AUDIENCE}team"),
    }


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(description="The timesheets API.")
    parser.add_argument("--issuer", default="http://localhost:8421/")
    parser.add_argument("--audience", default=AUDIENCE)
    parser.add_argument("--port", type=int, default=8422)
    given = parser.parse_args()
    with socket.create_server(("127.0.0.1", given.port)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        guard = Guard(
            issuer=given.issuer,
            audience=given.audience,
            resource=url,
            scopes=(READ, CREATE, APPROVE),
        )
        config = uvicorn.Config(create_app(guard), log_level="warning")
        print(f"The timesheets API is at {url}", flush=True)  # noqa: T201 - for a person
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
