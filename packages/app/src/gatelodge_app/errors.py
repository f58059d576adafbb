"""Everything that can go wrong, as one tree of types.

Every error says what happened and, in ``remedy``, what to do about it. None of them
holds a token, a code or a secret in its text.

```
AppError
├─ SignInFailed              the dance did not end in tokens
│  ├─ Refused                the provider answered with an error
│  │  ├─ UserAborted         the person said no
│  │  └─ LoginRequired       prompt=none, but the person would have to do something
│  ├─ TimedOut               nobody came back in time
│  ├─ Cancelled              the app called cancel()
│  ├─ NoBrowser              no browser could be opened
│  ├─ PortTaken              none of the given loopback ports is free
│  ├─ AlreadyWaiting         another sign-in waits for the same scheme
│  ├─ BadResponse            what came back is not an answer to our request
│  │  ├─ StateMismatch       it answers somebody else's request
│  │  └─ IssuerMismatch      it comes from another provider
│  └─ BadIdToken             the ID token fails a check
├─ SignedOut                 there are no usable tokens: sign in
├─ TokenTooShort             tokens live shorter than the asked min_ttl
├─ NotRevoked                signed out here, but the provider could not be told
├─ InsecureAddress           plain http to another machine
├─ ProviderError             the provider does not behave
│  ├─ Unreachable            no answer, after bounded tries
│  ├─ BadMetadata            its discovery document cannot be used
│  └─ BadAnswer              its answer cannot be read
└─ VaultError                tokens cannot be kept
   ├─ VaultUnsafe            others could read the file
   ├─ VaultBusy              another process holds the tokens for too long
   └─ VaultBroken            the stored tokens cannot be read
```

Beside it stands ``VaultFallback``, a ``UserWarning``: the system keyring cannot be used
and a private file takes its place.
"""

from __future__ import annotations

from typing import ClassVar


class AppError(Exception):
    """Root of the tree: ``str()`` is what happened, then what to do."""

    remedy: ClassVar[str] = ""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class SignInFailed(AppError):
    """The dance did not end in tokens."""


class Refused(SignInFailed):
    """The provider answered with an error (RFC 6749 §4.1.2.1, §5.2).

    ``error`` is its code, ``description`` its words (shortened, printable).
    """

    remedy = "Check the client's registration, scope and audience at the provider."

    def __init__(self, error: str, description: str = "") -> None:
        self.error = printable(error, 64)
        self.description = printable(description, 300)
        words = f": {self.description}" if self.description else ""
        super().__init__(f"The provider refused with {self.error}{words}.")


class UserAborted(Refused):
    """The person, or a rule at the provider, said no (``access_denied``)."""

    remedy = "Offer to sign in again when the person asks for it."


class LoginRequired(Refused):
    """``prompt=none`` was asked, but the person must act (OIDC Core §3.1.2.6)."""

    remedy = "Call sign_in() again without prompt=none."


class TimedOut(SignInFailed):
    """Nobody came back in time."""

    remedy = "Offer to try again; a longer timeout= gives slower people more time."


class Cancelled(SignInFailed):
    """The app called ``cancel()`` while it waited."""

    remedy = "Nothing was changed; call sign_in() to start again."


class NoBrowser(SignInFailed):
    """No browser could be opened; ``url`` is the address that was to be shown."""

    remedy = (
        "Set BROWSER, or pass browser=ShowAddress() to show the address (also in "
        "this error's .url) to the person and keep waiting."
    )

    def __init__(self, url: str) -> None:
        super().__init__("No web browser could be opened.")
        self.url = url


class PortTaken(SignInFailed):
    """None of the given loopback ports can be had."""

    remedy = (
        "Close the program that uses it, give Loopback() more ports, or none at all "
        "so that the system picks a free one."
    )


class AlreadyWaiting(SignInFailed):
    """Another process already waits for a redirect to the same scheme."""

    remedy = "Finish or cancel the other sign-in first."


class BadResponse(SignInFailed):
    """What came back is not a usable authorization response."""

    remedy = "Start again; if it stays, something rewrites the redirect."


class StateMismatch(BadResponse):
    """The response answers somebody else's request (RFC 6749 §10.12)."""

    remedy = "Start again; do not reuse addresses from an earlier attempt."


class IssuerMismatch(BadResponse):
    """The response comes from another provider than asked (RFC 9207 §2.4)."""

    remedy = "Start again and check the issuer= of this app: this may be an attack."


class BadIdToken(SignInFailed):
    """The ID token fails a check (OIDC Core §3.1.3.7)."""

    remedy = "Check the computer's clock, issuer= and client_id=."


class SignedOut(AppError):
    """There are no usable tokens: never signed in, or the provider ended it."""

    remedy = "Call sign_in()."


class TokenTooShort(AppError):
    """Even a new access token lives shorter than the asked ``min_ttl``."""

    remedy = "Ask for a smaller min_ttl, or raise the API's token lifetime."


class NotRevoked(AppError):
    """Signed out on this device, but the provider could not be told."""

    remedy = "Have the session ended at the provider if the device is not trusted."


class InsecureAddress(AppError):
    """Plain http to another machine would show tokens to the network."""

    remedy = "Use https; http is for loopback addresses only."


class ProviderError(AppError):
    """The provider does not behave as a provider must."""

    remedy = "Check issuer= and the provider's state."


class Unreachable(ProviderError):
    """No answer. ``sent`` is False when the request surely never left."""

    remedy = "Check the network and try again; stored tokens are kept."

    def __init__(self, what: str, *, sent: bool = True) -> None:
        super().__init__(what)
        self.sent = sent


class BadMetadata(ProviderError):
    """The discovery document cannot be used (OIDC Discovery §4.3)."""


class BadAnswer(ProviderError):
    """The provider's answer cannot be read."""


class VaultError(AppError):
    """Tokens cannot be kept or read."""

    remedy = "Give the app a directory it may write to, or vault=MemoryVault()."


class VaultUnsafe(VaultError):
    """The token file could be read or replaced by others."""

    remedy = "Make it private (chmod 600, its directory 700, your own) or delete it."


class VaultBusy(VaultError):
    """Another process holds the tokens for too long."""

    remedy = "Look for a hanging process of this app, end it and try again."


class VaultBroken(VaultError):
    """The stored tokens cannot be read."""

    remedy = "Call sign_in(); it replaces them."


class VaultFallback(UserWarning):
    """The system keyring is unusable; a private file is used instead."""


def printable(text: str, limit: int) -> str:
    """Server words made safe for a terminal and a log: printable and short."""
    return "".join(c for c in text if c.isprintable())[:limit]
