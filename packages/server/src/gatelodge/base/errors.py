"""The tree of refusals: what we say, which rule says it, and why (for the log only).

    Refusal
    ├─ ProtocolRefusal            RFC 6749 §4.1.2.1, §5.2; OpenID Connect Core §3.1.2.6
    │  ├─ InvalidRequest          ├─ InvalidClient            ├─ InvalidGrant
    │  ├─ InvalidScope            ├─ InvalidToken             ├─ UnauthorizedClient
    │  ├─ UnsupportedGrantType    ├─ UnsupportedResponseType  ├─ AccessDenied
    │  ├─ LoginRequired           ├─ ConsentRequired          ├─ InteractionRequired
    │  ├─ Unauthorized            ├─ EndpointDisabled         ├─ TooManyRequests
    │  ├─ RequestNotSupported     ├─ RequestUriNotSupported   ├─ NoToken
    │  ├─ UnmetAuthenticationRequirements                     ├─ MfaRequired
    │  ├─ ExpiredToken            ├─ AssociationRequired      ├─ TooManyAttempts
    │  ├─ UnsupportedChallengeType ├─ InsufficientScope       ├─ NotFound
    │  └─ TemporarilyUnavailable
    ├─ DatabaseRefusal            the body of /dbconnections/*: name, code, description
    ├─ PasswordlessRefusal        /passwordless/start: codes with a dot
    ├─ UpstreamRefusal            another party did not vouch; a text of our pages
    ├─ WebauthnRefusal            an authenticator's answer is no good; a text of ours
    ├─ AccountRefusal           of one's own account; a text of our pages, or a problem
    ├─ PageRefusal                shown to a person; never leaves our own pages
    └─ ReturnedRefusal            a ProtocolRefusal on its way to a proven redirect URI

A ``Mistake`` is not a refusal: the operator or the code is wrong. The answer is 500
with a trace id.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from gatelodge.base.change import Write

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Mistake(Exception):
    """A programming or configuration error."""


class Refusal(Exception):
    """Someone asked for what a rule forbids.

    Args:
        says: the public text.
        rule: stable id of the rule in ``docs/rules``.
        because: the precise reason, for the log only.
        writes: changes that hold although the request is refused (decisions 12).

    ``details`` are for its line of the log, where it has one.
    """

    details: Mapping[str, Any] = _NOTHING

    def __init__(
        self,
        says: str,
        *,
        rule: str,
        because: str | None = None,
        writes: tuple[Write, ...] = (),
        headers: Mapping[str, str] = _NOTHING,
    ) -> None:
        super().__init__(says)
        self.says = says
        self.rule = rule
        self.because = because or says
        self.writes = writes
        self.headers = headers


class ProtocolRefusal(Refusal):
    """An OAuth or OpenID error; statuses in the two profiles (decisions 8)."""

    code: ClassVar[str] = "server_error"
    rfc: ClassVar[int] = 400
    auth0: ClassVar[int] = 400
    more: Mapping[str, object] = _NOTHING
    """Members of the body beside ``error`` and ``error_description``."""


class InvalidRequest(ProtocolRefusal):
    """A parameter is missing, malformed or sent twice (RFC 6749 §5.2)."""

    code = "invalid_request"


class InvalidClient(ProtocolRefusal):
    """Client authentication failed (RFC 6749 §5.2).

    ``client_id`` names the client, where there is one of this name: for the log.
    """

    code = "invalid_client"
    rfc = auth0 = 401
    client_id: str | None = None


class InvalidGrant(ProtocolRefusal):
    """The code or refresh token is not good (RFC 6749 §5.2)."""

    code = "invalid_grant"
    auth0 = 403


class InvalidScope(ProtocolRefusal):
    """The scope is malformed (RFC 6749 §5.2)."""

    code = "invalid_scope"


class InvalidToken(ProtocolRefusal):
    """The access token is not good here (RFC 6750 §3.1)."""

    code = "invalid_token"
    rfc = auth0 = 401


class NoToken(ProtocolRefusal):
    """No token was sent: the challenge carries no error code (RFC 6750 §3.1)."""

    code = "invalid_token"
    rfc = auth0 = 401


class UnauthorizedClient(ProtocolRefusal):
    """This client may not do this (RFC 6749 §5.2)."""

    code = "unauthorized_client"
    auth0 = 403


class UnsupportedGrantType(ProtocolRefusal):
    """No such grant (RFC 6749 §5.2)."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(ProtocolRefusal):
    """No such response type (RFC 6749 §4.1.2.1)."""

    code = "unsupported_response_type"
    auth0 = 501


class AccessDenied(ProtocolRefusal):
    """The person or a policy said no (RFC 6749 §4.1.2.1)."""

    code = "access_denied"
    auth0 = 403


class LoginRequired(ProtocolRefusal):
    """``prompt=none`` and nobody is signed in (OpenID Connect Core §3.1.2.6)."""

    code = "login_required"


class ConsentRequired(ProtocolRefusal):
    """``prompt=none`` and consent is missing (OpenID Connect Core §3.1.2.6)."""

    code = "consent_required"


class InteractionRequired(ProtocolRefusal):
    """``prompt=none`` and a page must be shown (OpenID Connect Core §3.1.2.6)."""

    code = "interaction_required"


class UnmetAuthenticationRequirements(ProtocolRefusal):
    """No sign-in of ours is of the class that was demanded (Core §5.5.1.1)."""

    code = "unmet_authentication_requirements"


class MfaRequired(ProtocolRefusal):
    """One proof is not enough here; ``mfa_token`` goes on (contract 3.4, 3.8)."""

    code = "mfa_required"
    auth0 = 403


class ExpiredToken(ProtocolRefusal):
    """What goes on from one factor to the next is too old (contract 3.4)."""

    code = "expired_token"
    rfc = auth0 = 401


class InsufficientScope(ProtocolRefusal):
    """The access token may not do this here (RFC 6750 §3.1)."""

    code = "insufficient_scope"
    rfc = auth0 = 403


class NotFound(ProtocolRefusal):
    """There is nothing of this name that the caller has (contract 3.8)."""

    code = "not_found"
    rfc = auth0 = 404


class UnsupportedChallengeType(ProtocolRefusal):
    """The person has no factor of that type (contract 3.8)."""

    code = "unsupported_challenge_type"


class AssociationRequired(ProtocolRefusal):
    """The person has to set up a factor first (contract 3.8)."""

    code = "association_required"
    auth0 = 403


class RequestNotSupported(ProtocolRefusal):
    """Request objects are not read here (OpenID Connect Core §6)."""

    code = "request_not_supported"


class RequestUriNotSupported(ProtocolRefusal):
    """Request objects are not fetched either (OpenID Connect Core §6.2)."""

    code = "request_uri_not_supported"


class Unauthorized(ProtocolRefusal):
    """The account is blocked; Auth0's word for it."""

    code = "unauthorized"
    auth0 = 403


class EndpointDisabled(ProtocolRefusal):
    """A legacy endpoint that is not built (contract 3.10)."""

    code = "endpoint_disabled"
    rfc = auth0 = 404


class TooManyRequests(ProtocolRefusal):
    """The queue is full; come back later."""

    code = "too_many_requests"
    rfc = auth0 = 429


class TooManyAttempts(ProtocolRefusal):
    """Too many wrong answers; what fits is not looked at any more (contract 2.4)."""

    code = "too_many_attempts"
    rfc = auth0 = 429


class TemporarilyUnavailable(ProtocolRefusal):
    """A component is down or too busy; nothing was changed."""

    code = "temporarily_unavailable"
    rfc = auth0 = 503


class DatabaseRefusal(Refusal):
    """Sign-up and change-password errors in Auth0's database shape."""

    def __init__(
        self,
        says: str,
        *,
        code: str,
        name: str,
        rule: str,
        because: str | None = None,
        policy: str | None = None,
        writes: tuple[Write, ...] = (),
    ) -> None:
        super().__init__(says, rule=rule, because=because, writes=writes)
        self.code = code
        self.name = name
        self.policy = policy


class PasswordlessRefusal(Refusal):
    """What is wrong with a start, in Auth0's codes: ``bad.connection`` and the like."""

    def __init__(
        self, says: str, *, code: str, rule: str, because: str | None = None
    ) -> None:
        super().__init__(says, rule=rule, because=because)
        self.code = code


class AccountRefusal(Refusal):
    """A person may not change this of their own account.

    ``text_id`` is a text of our pages; ``says`` and ``status`` are for the API, as a
    problem (contract 3.2).
    """

    def __init__(
        self,
        says: str,
        *,
        text_id: str,
        rule: str,
        status: int = 400,
        because: str | None = None,
        writes: tuple[Write, ...] = (),
        headers: Mapping[str, str] = _NOTHING,
    ) -> None:
        super().__init__(
            says, rule=rule, because=because, writes=writes, headers=headers
        )
        self.text_id = text_id
        self.status = status


class PageRefusal(Refusal):
    """Shown on our own error page because no redirect URI is proven yet."""

    def __init__(
        self,
        says: str,
        *,
        error: str,
        rule: str,
        status: int = 400,
        because: str | None = None,
        writes: tuple[Write, ...] = (),
    ) -> None:
        super().__init__(says, rule=rule, because=because, writes=writes)
        self.error = error
        self.status = status


class UpstreamRefusal(Refusal):
    """Another party did not vouch for the person; ``says`` is a text id of our pages.

    Its own words go to the log, never to a page. ``message`` is an administrator's
    action's, for the person.
    """

    message: str | None = None


class WebauthnRefusal(Refusal):
    """An authenticator's answer is not good here; ``says`` is a text id of our pages.

    Which check it failed goes to the log only.
    """


class ReturnedRefusal(Refusal):
    """A refusal that may travel to the app: its redirect URI is proven.

    ``shown`` means that the person sees it first and sends it on by a tap; ``cookies``
    are for the browser that carries it.
    """

    def __init__(
        self,
        refusal: ProtocolRefusal,
        *,
        way_back: object,
        shown: bool = False,
        cookies: tuple[object, ...] = (),
    ) -> None:
        super().__init__(
            refusal.says,
            rule=refusal.rule,
            because=refusal.because,
            writes=refusal.writes,
        )
        self.refusal = refusal
        self.way_back = way_back
        self.shown = shown
        self.cookies = cookies
