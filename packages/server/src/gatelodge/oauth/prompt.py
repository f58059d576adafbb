"""What the app wishes of the sign-in itself (OpenID Connect Core §3.1.2.1, §5.5).

``prompt``, ``max_age``, ``login_hint``, ``screen_hint``, ``ui_locales``,
``id_token_hint``, ``claims`` and ``acr_values``. One class of sign-in has a name: two
factors. Auth0's clients ask for it by ``acr_values`` and mean it; classes that we do
not know are a preference we cannot serve, unless they are demanded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from gatelodge.base.errors import InvalidRequest, UnmetAuthenticationRequirements
from gatelodge.oauth import second_factor
from gatelodge_guard import jws
from gatelodge_guard.errors import InvalidToken

_PROMPTS: Final = frozenset({"none", "login", "consent", "select_account", "create"})
_LONGEST_HINT: Final = 320
_LONGEST_AGE: Final = 10


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The wishes, read. ``max_age`` in seconds.

    Attributes:
        two_factors: one proof is not enough for this request.
        subject: whom the app expects (``id_token_hint`` or a claimed ``sub``).
        id_token_claims, userinfo_claims: names asked for one by one.
    """

    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    login_hint: str | None = None
    signup: bool = False
    ui_locales: str | None = None
    subject: str | None = None
    two_factors: bool = False
    id_token_claims: tuple[str, ...] = ()
    userinfo_claims: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """No page may be shown."""
        return "none" in self.prompt

    @property
    def wants_auth_time(self) -> bool:
        """OpenID Connect Core §2: then ``auth_time`` is mandatory."""
        return (
            self.max_age is not None
            or "login" in self.prompt
            or "auth_time" in self.id_token_claims
        )


def read(
    params: Mapping[str, str],
    *,
    issuer: str,
    client_id: str,
    hint_keys: Sequence[jws.Key],
) -> Wishes:
    """Read the wishes of an authorization request.

    Raises:
        InvalidRequest: one of them is malformed.
        UnmetAuthenticationRequirements: a class of sign-in that we do not have.
    """
    prompts = _prompts(params.get("prompt"))
    claims = _claims(params.get("claims"))
    hinted = _hinted_subject(params.get("id_token_hint"), issuer, client_id, hint_keys)
    signup = params.get("screen_hint") == "signup" or "create" in prompts
    return Wishes(
        prompt=_steps(prompts),
        max_age=_max_age(params.get("max_age")),
        login_hint=params.get("login_hint", "")[:_LONGEST_HINT] or None,
        signup=signup,
        ui_locales=params.get("ui_locales"),
        two_factors=_two_factors(params.get("acr_values"), claims),
        subject=hinted or _claimed_subject(claims),
        id_token_claims=_names(claims.get("id_token")),
        userinfo_claims=_names(claims.get("userinfo")),
    )


def _prompts(value: str | None) -> frozenset[str]:
    asked = frozenset((value or "").split())
    if asked - _PROMPTS:
        raise InvalidRequest(
            "Unsupported value of 'prompt'", rule="OIDC-3.1.2.1.prompt"
        )
    if "none" in asked and len(asked) > 1:
        raise InvalidRequest(
            "'none' cannot be combined with another prompt", rule="OIDC-3.1.2.1.none"
        )
    return asked


def _steps(prompts: frozenset[str]) -> frozenset[str]:
    """``create`` wants a new account, whoever is signed in.

    OpenID: Initiating User Registration 1.0 §4.1.
    """
    if "create" not in prompts:
        return prompts
    return (prompts - {"create"}) | {"login"}


def _max_age(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_AGE):
        raise InvalidRequest(
            "'max_age' must be a number of seconds", rule="OIDC-3.1.2.1.max_age"
        )
    return int(value)


def _claims(value: str | None) -> Mapping[str, Any]:
    """The ``claims`` parameter is a JSON object of objects (Core §5.5)."""
    if value is None:
        return {}
    try:
        decoded = msgspec.json.decode(value.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequest(
            "'claims' must be a JSON object", rule="OIDC-5.5"
        ) from error
    for part in ("id_token", "userinfo"):
        if not isinstance(decoded.get(part) or {}, dict):
            raise InvalidRequest(f"'claims.{part}' must be an object", rule="OIDC-5.5")
    return decoded


def _names(part: object) -> tuple[str, ...]:
    return tuple(sorted(part)) if isinstance(part, dict) else ()


def _claimed_subject(claims: Mapping[str, Any]) -> str | None:
    """OpenID Connect Core §5.5.1: a ``sub`` value names the person."""
    wanted = (claims.get("id_token") or {}).get("sub")
    value = wanted.get("value") if isinstance(wanted, dict) else None
    return value if isinstance(value, str) else None


def _two_factors(acr_values: str | None, claims: Mapping[str, Any]) -> bool:
    """Whether two factors are asked for, by name (Core §3.1.2.1, §5.5.1.1)."""
    demanded = _demanded_acr(claims)
    if demanded and second_factor.ACR not in demanded:
        raise UnmetAuthenticationRequirements(
            "The demanded authentication context class is not available",
            rule="OIDC-5.5.1.1",
        )
    return bool(demanded) or second_factor.ACR in (acr_values or "").split()


def _demanded_acr(claims: Mapping[str, Any]) -> tuple[object, ...]:
    """The classes of which one is essential."""
    wanted = (claims.get("id_token") or {}).get("acr")
    if not isinstance(wanted, dict) or wanted.get("essential") is not True:
        return ()
    values = wanted.get("values")
    several = values if isinstance(values, list) else []
    one = wanted.get("value")
    return tuple(several if one is None else [one, *several])


def _hinted_subject(
    token: str | None, issuer: str, client_id: str, hint_keys: Sequence[jws.Key]
) -> str | None:
    """An ID token of ours, expired or not, names the person (Core §3.1.2.1)."""
    if token is None:
        return None
    claims = own_id_token(token, issuer=issuer, keys=hint_keys)
    if claims is None or client_id not in _audience(claims):
        raise InvalidRequest(
            "'id_token_hint' is not an ID token of this application",
            rule="OIDC-3.1.2.1.id_token_hint",
        )
    return str(claims["sub"])


def own_id_token(
    token: str, *, issuer: str, keys: Sequence[jws.Key]
) -> Mapping[str, Any] | None:
    """Claims of an ID token we signed, whatever its age; None for anything else."""
    try:
        verified = jws.verify(token, keys)
    except InvalidToken:
        return None
    claims = verified.payload
    typed = verified.header.get("typ", "JWT") == "JWT"
    ours = claims.get("iss") == issuer and isinstance(claims.get("sub"), str)
    return claims if typed and ours else None


def _audience(claims: Mapping[str, Any]) -> tuple[str, ...]:
    aud = claims.get("aud")
    return tuple(aud) if isinstance(aud, list) else (str(aud),)
