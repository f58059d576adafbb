"""Signed-in browsers, refresh families and consents, as the server writes them."""

from __future__ import annotations

import time

from gatelodge.model.grant import Authentication, Consent, Device, Family
from gatelodge.model.session import Session
from gatelodge.model.writes import GiveConsent, InsertFamily, OpenSession

NOW = time.time_ns() // 1_000_000
HOUR = 3_600_000


def session(sid, user_id="auth0|ada", **fields):
    return OpenSession(
        session=Session(
            digest=f"digest-{sid}",
            sid=sid,
            user_id=user_id,
            auth_time=NOW,
            amr=("pwd",),
            created_at=NOW,
            touched_at=NOW,
            idle_until=NOW + HOUR,
            ends_at=NOW + HOUR,
            agent="Firefox",
            **fields,
        )
    )


def family(own, sid, *, client_id="mobile", audience=None, user_id="auth0|ada"):
    return InsertFamily(
        family=Family(
            id=own,
            seed=b"0" * 32,
            generation=1,
            rotated_at=NOW,
            client_id=client_id,
            user_id=user_id,
            sid=sid,
            audience=audience,
            scopes=("openid",),
            authentication=Authentication(auth_time=NOW),
            device=Device(),
            created_at=NOW,
            idle_until=None,
            expires_at=None,
        )
    )


def consent(audience="", *, client_id="mobile", user_id="auth0|ada"):
    return GiveConsent(
        consent=Consent(
            user_id=user_id,
            client_id=client_id,
            audience=audience,
            scopes=("openid",),
            given_at=NOW,
        )
    )
