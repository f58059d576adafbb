"""Ask the token endpoint, and read its yes or no (RFC 6749 §3.2, §5)."""

from __future__ import annotations

from .errors import BadAnswer, Refused, Unreachable
from .kit import Kit
from .metadata import Provider
from .patience import patiently
from .request import Request
from .response import refusal
from .steps import Answer, Flow, note
from .tokens import Issued, read_issued, read_object

_OK = 200
_CLIENT_ERRORS = range(400, 500)


class CodeLost(Exception):
    """The code went out and no tokens came back; no app ever sees this signal."""


def redeem(
    kit: Kit, provider: Provider, *, request: Request, code: str
) -> Flow[Issued]:
    """Exchange the code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).

    A code is good for one use, so it is never sent twice unless the first surely did
    not arrive. Raises ``CodeLost``, ``Refused``, ``Unreachable`` or ``BadAnswer``.
    """
    form = kit.settings.identify(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.redirect_uri,
            "code_verifier": request.verifier,
        }
    )
    try:
        answer = yield from patiently(
            provider.token_endpoint, form, attempts=3, repeatable=False
        )
    except Unreachable as lost:
        if lost.sent:
            raise CodeLost from None
        raise
    try:
        issued = _read(answer, now=kit.clock())
    except Refused as refused:
        if refused.error == "invalid_grant" and answer.tries > 1:
            raise CodeLost from None
        raise
    yield from note("code exchanged", scope=issued.scope or kit.settings.scope)
    return issued


def refresh(kit: Kit, provider: Provider, *, refresh_token: str) -> Flow[Issued]:
    """Exchange the refresh token (RFC 6749 §6).

    A lost answer is asked for again with the same token: the provider's overlap
    gives the same successor. Raises ``Refused``, ``Unreachable`` or ``BadAnswer``.
    """
    form = kit.settings.identify(
        {"grant_type": "refresh_token", "refresh_token": refresh_token}
    )
    answer = yield from patiently(
        provider.token_endpoint, form, attempts=kit.settings.attempts
    )
    issued = _read(answer, now=kit.clock())
    rotated = issued.refresh_token not in (None, refresh_token)
    yield from note("tokens renewed", rotated="yes" if rotated else "no")
    return issued


def revoke(kit: Kit, provider: Provider, *, refresh_token: str) -> Flow[None]:
    """End the refresh token at the provider, if it can (RFC 7009 §2).

    Raises ``Unreachable`` or ``Refused``.
    """
    if provider.revocation_endpoint is None:
        return
    form = kit.settings.identify(
        {"token": refresh_token, "token_type_hint": "refresh_token"}
    )
    answer = yield from patiently(provider.revocation_endpoint, form, attempts=3)
    if answer.status != _OK:
        raise _refused(answer)
    yield from note("refresh token revoked")


def _read(answer: Answer, *, now: int) -> Issued:
    if answer.status != _OK:
        raise _refused(answer)
    return read_issued(answer.body, now=now)


def _refused(answer: Answer) -> Refused | BadAnswer:
    """The provider's no, if it can be read as one (RFC 6749 §5.2)."""
    if answer.status not in _CLIENT_ERRORS:
        return BadAnswer(f"The provider answers with status {answer.status}.")
    said = read_object(answer.body)
    error = said.get("error")
    if not isinstance(error, str):
        return BadAnswer(f"The provider answers with status {answer.status}.")
    description = said.get("error_description")
    return refusal(error, description if isinstance(description, str) else "")
