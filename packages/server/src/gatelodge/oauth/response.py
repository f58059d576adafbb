"""How an answer travels to the app: query, fragment or form, always with ``iss``.

RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types §2, Form Post Response Mode,
RFC 9207.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.base.errors import ProtocolRefusal, ReturnedRefusal
from gatelodge.base.exchange import Cookie, FormPost, Redirect
from gatelodge.base.urls import add_fragment, add_query

ResponseMode: TypeAlias = Literal["query", "fragment", "form_post", "saml"]
MODES: Final[tuple[ResponseMode, ...]] = ("query", "fragment", "form_post")


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """A proven redirect URI, and how to use it.

    Only ``oauth.request`` makes one, and ``saml_apps.request`` with mode ``saml``: then
    ``in_response_to`` is the request to answer, None for none, and ``state`` travels as
    ``RelayState``.
    """

    redirect_uri: str
    mode: ResponseMode
    state: str | None
    issuer: str
    ui_locales: str | None = None
    in_response_to: str | None = None

    def refuse(
        self,
        refusal: ProtocolRefusal,
        *,
        shown: bool = False,
        cookies: tuple[Cookie, ...] = (),
    ) -> ReturnedRefusal:
        """The same refusal, on its way to the app; ``shown`` to the person first."""
        return ReturnedRefusal(refusal, way_back=self, shown=shown, cookies=cookies)


def answer(
    way: WayBack,
    fields: tuple[tuple[str, str], ...],
    *,
    cookies: tuple[Cookie, ...] = (),
) -> Redirect | FormPost:
    """Send ``fields``, ``state`` unchanged and ``iss`` (RFC 9207 §2) to the app."""
    state = (("state", way.state),) if way.state is not None else ()
    full = (*fields, *state, ("iss", way.issuer))
    if way.mode == "form_post":
        return FormPost(
            action=way.redirect_uri,
            fields=full,
            cookies=cookies,
            ui_locales=way.ui_locales,
        )
    add = add_fragment if way.mode == "fragment" else add_query
    return Redirect(location=add(way.redirect_uri, full), cookies=cookies)


def error_answer(
    way: WayBack, refusal: ProtocolRefusal, *, cookies: tuple[Cookie, ...] = ()
) -> Redirect | FormPost:
    """Send an error to the app (RFC 6749 §4.1.2.1)."""
    fields = (("error", refusal.code), ("error_description", refusal.says))
    return answer(way, fields, cookies=cookies)
