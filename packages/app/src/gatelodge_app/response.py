"""The way back: is this an answer to our question, and what does it say?

RFC 6749 §4.1.2, §10.12, RFC 9207 §2.4, OIDC Core §3.1.2.6-7.
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl

from .errors import (
    BadResponse,
    IssuerMismatch,
    LoginRequired,
    Refused,
    StateMismatch,
    UserAborted,
)
from .metadata import Provider
from .request import Request

_MUST_ACT = frozenset(
    (
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
    )
)
_FIELDS = 50


def read_parameters(query: str) -> dict[str, str]:
    """Each parameter once, or ``BadResponse`` (RFC 6749 §3.1)."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise BadResponse("The response has too many parameters.") from None
    named = dict(pairs)
    if len(named) != len(pairs):
        raise BadResponse("The response names a parameter twice.")
    return named


def answers(query: str, state: str) -> bool:
    """Does this query answer the request with that state? (RFC 6749 §10.12)."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        return False
    states = [value for name, value in pairs if name == "state"]
    return len(states) == 1 and _same(states[0], state)


def read_response(query: str, request: Request, *, provider: Provider) -> str:
    """Return the code, after state, issuer and errors were looked at in this order.

    Raises ``StateMismatch``, ``IssuerMismatch``, ``UserAborted``, ``LoginRequired``,
    ``Refused`` or ``BadResponse``.
    """
    said = read_parameters(query)
    if not _same(said.get("state", ""), request.state):
        raise StateMismatch("The response does not answer this app's request.")
    _check_issuer(said.get("iss"), provider)
    if "error" in said:
        raise refusal(said["error"], said.get("error_description", ""))
    if not said.get("code"):
        raise BadResponse("The response has neither a code nor an error.")
    return said["code"]


def refusal(error: str, description: str) -> Refused:
    """The typed error for an OAuth error code (RFC 6749 §4.1.2.1, OIDC §3.1.2.6)."""
    if error == "access_denied":
        return UserAborted(error, description)
    if error in _MUST_ACT:
        return LoginRequired(error, description)
    return Refused(error, description)


def _check_issuer(named: str | None, provider: Provider) -> None:
    """Who answers must be who was asked; required if announced (RFC 9207 §2.4)."""
    if named is None and not provider.names_itself:
        return
    if named != provider.issuer:
        raise IssuerMismatch("The response comes from another provider than asked.")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
