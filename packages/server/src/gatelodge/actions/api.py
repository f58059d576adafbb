"""``api`` in an action: its methods write down what the action asks for.

Each method exists under Python's spelling and under Auth0's
(``api.id_token.set_custom_claim``, ``api.idToken.setCustomClaim``); options are
keywords, or a dict in the place where JavaScript has an object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from gatelodge.actions import session_token
from gatelodge.actions.event import Event

_HUMP: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")
Options = Mapping[str, Any]


def snake(name: str) -> str:
    """``setCustomClaim`` is ``set_custom_claim``."""
    return _HUMP.sub(r"_\1", name).lower()


class _Named:
    """Found under both spellings; what is not there says so."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def __getattr__(self, name: str) -> Any:
        ours = snake(name)
        if ours == name or name.startswith("_"):
            kind = type(self).__name__
            raise AttributeError(f"{kind} has no {name!r}: not supported here")
        return getattr(self, ours)

    def _say(self, command: str, **fields: Any) -> Api:
        return self._api.say(command, **fields)


class Access(_Named):
    """``api.access``."""

    def deny(self, *words: str) -> Api:
        """Refuse: ``deny(reason)``.

        In pre-user-registration ``deny(reason, user_message)``, in
        credentials-exchange ``deny(code, reason)``.
        """
        if self._api.trigger == "credentials-exchange":
            code, *reason = words
            return self._say("access.deny", code=code, reason="".join(reason) or code)
        why, *message = words
        told = {"userMessage": message[0]} if message else {}
        return self._say("access.deny", reason=why, **told)


class IdToken(_Named):
    """``api.id_token``."""

    def set_custom_claim(self, name: str, value: Any) -> Api:
        """Set a claim of the ID token."""
        return self._say("idToken.setCustomClaim", name=name, value=value)


class AccessToken(_Named):
    """``api.access_token``."""

    def set_custom_claim(self, name: str, value: Any) -> Api:
        """Set a claim of the access token."""
        return self._say("accessToken.setCustomClaim", name=name, value=value)

    def add_scope(self, scope: str) -> Api:
        """Grant one scope more."""
        return self._say("accessToken.addScope", scope=scope)

    def remove_scope(self, scope: str) -> Api:
        """Grant one scope less."""
        return self._say("accessToken.removeScope", scope=scope)


class Multifactor(_Named):
    """``api.multifactor``."""

    def enable(
        self,
        provider: str = "any",
        options: Options | None = None,
        *,
        allow_remember_browser: bool = True,
    ) -> Api:
        """Demand a second factor; which one is the person's choice."""
        told = (options or {}).get("allowRememberBrowser", allow_remember_browser)
        return self._say(
            "multifactor.enable", provider=provider, allowRememberBrowser=told
        )


class User(_Named):
    """``api.user``."""

    def set_user_metadata(self, name: str, value: Any) -> Api:
        """Set one name of ``user_metadata``; None removes it."""
        return self._say("user.setUserMetadata", name=name, value=value)

    def set_app_metadata(self, name: str, value: Any) -> Api:
        """Set one name of ``app_metadata``; None removes it."""
        return self._say("user.setAppMetadata", name=name, value=value)


class Redirect(_Named):
    """``api.redirect``."""

    def send_user_to(
        self,
        url: str,
        options: Options | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Api:
        """Send the person elsewhere; they come back to ``/continue`` with ``state``."""
        added = urlencode({**((options or {}).get("query") or {}), **(query or {})})
        joint = "&" if "?" in url else "?"
        whole = f"{url}{joint}{added}" if added else url
        return self._say("redirect.sendUserTo", url=whole)

    def encode_token(
        self,
        options: Options | None = None,
        *,
        secret: str = "",
        payload: Mapping[str, Any] | None = None,
        expires_in_seconds: int = session_token.LIFETIME,
    ) -> str:
        """A signed token to send along: ``query={"session_token": token}``."""
        said = options or {}
        return session_token.encode(
            said.get("payload", payload or {}),
            secret=_secret(said.get("secret", secret)),
            seconds=said.get("expiresInSeconds", expires_in_seconds),
            event=self._api.event,
        )

    def validate_token(
        self,
        options: Options | None = None,
        *,
        secret: str = "",
        token_parameter_name: str = "session_token",
    ) -> dict[str, Any]:
        """The claims of the token that came back, in the query or the form."""
        said = options or {}
        name = said.get("tokenParameterName", token_parameter_name)
        request = self._api.event["request"]
        token = request["body"].get(name) or request["query"].get(name)
        key = _secret(said.get("secret", secret))
        return session_token.validate(token, secret=key, event=self._api.event)


class SamlResponse(_Named):
    """``api.saml_response``: one answer to an app that speaks SAML."""

    _KEPT: Final = MappingProxyType(
        {
            "set_issuer": "who we are is not an action's to say",
            "set_cert": "what we sign with is not an action's to say",
            "set_key": "what we sign with is not an action's to say",
            "set_signing_cert": "the app's signingCert stands in the tenant file",
            "set_encryption_cert": "encryptionCert stands in the tenant file",
            "set_encryption_public_key": "encryptionCert stands in the tenant file",
        }
    )
    _SETTERS: Final = MappingProxyType(
        {
            snake(name): name
            for name in (
                "setAudience",
                "setRecipient",
                "setDestination",
                "setLifetimeInSeconds",
                "setNameIdentifierFormat",
                "setNameIdentifierProbes",
                "setCreateUpnClaim",
                "setPassthroughClaimsWithNoMapping",
                "setSignResponse",
                "setAuthnContextClassRef",
                "setRelayState",
                "setSignatureAlgorithm",
                "setDigestAlgorithm",
            )
        }
    )

    def set_attribute(self, name: str, value: Any) -> Api:
        """Tell an attribute, of one value or a list; None tells it not."""
        return self._say("samlResponse.setAttribute", name=name, value=value)

    def __getattr__(self, name: str) -> Any:
        """The setters of one value are alike."""
        ours = snake(name)
        if ours in self._KEPT:
            raise AttributeError(f"samlResponse.{name}: {self._KEPT[ours]}")
        if ours in self._SETTERS:
            command = f"samlResponse.{self._SETTERS[ours]}"
            return lambda value: self._say(command, value=value)
        return super().__getattr__(name)


class Api(_Named):
    """The whole of it; ``commands`` are what was asked for so far."""

    def __init__(self, event: Event, *, trigger: str) -> None:
        super().__init__(self)
        self.event = event
        self.trigger = trigger
        self.commands: list[dict[str, Any]] = []
        self.access = Access(self)
        self.id_token = IdToken(self)
        self.access_token = AccessToken(self)
        self.multifactor = Multifactor(self)
        self.user = User(self)
        self.redirect = Redirect(self)
        self.saml_response = SamlResponse(self)

    def say(self, command: str, **fields: Any) -> Api:
        """Ask for something."""
        self.commands.append({"command": command, **fields})
        return self


def _secret(given: object) -> str:
    if not isinstance(given, str) or not given:
        raise ValueError("a session token needs a secret: put one into the tenant file")
    return given
