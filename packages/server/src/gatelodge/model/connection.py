"""A connection: a source of identities. The first kind is our own user database."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.model.saml import Saml

DATABASE: Final = "auth0"
EMAIL: Final = "email"
SMS: Final = "sms"
UPSTREAM_SECRET: Final = "upstream secret"
UPSTREAM_TOKENS: Final = "upstream tokens"
ACCOUNT_CLIENT: Final = "gatelodge-account"
"""Our own account page, as a client; ``model.builtin`` tells of it."""
DEFAULT_CONNECTION: Final = "Username-Password-Authentication"
PasswordPolicy: TypeAlias = Literal["none", "low", "fair", "good", "excellent"]
ChallengeUi: TypeAlias = Literal["both", "autofill", "button"]
TokenAuth: TypeAlias = Literal["client_secret_post", "client_secret_basic", "none"]


class Passkeys(msgspec.Struct, frozen=True, kw_only=True):
    """What a database does with passkeys (contract 1.9).

    Attributes:
        challenge_ui: whether the sign-in page has a button for them, offers them in
            the e-mail field, or both.
        progressive_enrollment: whoever signs in otherwise is offered one.
        local_enrollment: whoever used one of another device is offered one for this.
    """

    enabled: bool = True
    challenge_ui: ChallengeUi = "both"
    progressive_enrollment: bool = True
    local_enrollment: bool = True


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """What we are to another party's authorization server.

    What is None or empty is taken from the provider's own data, or from its
    discovery document.

    Attributes:
        sealed_secret: our secret there (for Apple the private key), sealed.
        issuer: of the ID tokens; its discovery document is asked for the rest.
        scopes: asked of every person.
        params: added to each question.
        aliases: parameters of our question by the app's parameter that fills them.
        profile: claim paths that stand before the provider's own.
        own_callback: answers come to ``/login/callback/{name}`` (RFC 9700 §4.4.2).
        once: the account keeps what the first sign-in said (contract 1.8).
        keep_tokens: the party's tokens are kept, sealed.
        native_ids: what the party calls our apps on devices; tokens given to them
            count as a proof (contract 2.1).
        team_id, key_id: Apple's names for the account and the key.
    """

    client_id: str
    sealed_secret: str | None = None
    issuer: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    jwks_uri: str | None = None
    token_auth: TokenAuth | None = None
    native_ids: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    params: dict[str, str] = {}
    aliases: dict[str, str] = {}
    profile: dict[str, str] = {}
    own_callback: bool = False
    once: bool = False
    keep_tokens: bool = False
    team_id: str | None = None
    key_id: str | None = None


class Passwordless(msgspec.Struct, frozen=True, kw_only=True):
    """How people sign in by what is sent to their address or number (contract 2.2).

    Attributes:
        send: what our own pages send by mail; a text always holds a code.
        lifetime: of a code or link, in seconds.
        text: our text where the connection has none; ``{code}`` stands for the code.
        regions: countries whose numbers are sent to (ISO 3166); None means all.
        most_per_hour: messages in all; a bound on what strangers can make us pay.
    """

    send: Literal["code", "link"] = "code"
    lifetime: int = 180
    text: str | None = None
    regions: tuple[str, ...] | None = None
    most_per_hour: int = 1_000


class ConnectionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a connection (contract 1.9); those of passwords are a database's.

    Attributes:
        enabled_clients: None means every client.
        password_policy: Auth0's five levels.
        password_min_length: characters; security defaults 27.
        disable_signup: nobody new is let in; those known still are.
        link_by_verified_email: who signs in for the first time is the person of our
            own database whose verified address theirs is, verified too (contract 1.8).
        display_name: what its button says.
        show_as_button: False where only ``connection=`` or an address leads here.
        passkeys: nothing where the issuer is an address: a passkey needs a name.
        domains: whose addresses lead here before a password is asked for; lower case.
        upstream: for another party's OAuth server; None for others.
        saml: for another party's SAML identity provider; None for others.
        passwordless: for strategies ``email`` and ``sms``.
    """

    enabled_clients: tuple[str, ...] | None = None
    disable_signup: bool = False
    link_by_verified_email: bool = False
    disable_self_service_change_password: bool = False
    requires_username: bool = False
    password_policy: PasswordPolicy = "good"
    password_min_length: int = 8
    display_name: str | None = None
    show_as_button: bool = True
    domains: tuple[str, ...] = ()
    upstream: Upstream | None = None
    passwordless: Passwordless | None = None
    passkeys: Passkeys = Passkeys()
    saml: Saml | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether another party vouches for its people."""
        return self.upstream is not None or self.saml is not None

    @property
    def once(self) -> bool:
        """Whether an account keeps what the first sign-in said (contract 1.8)."""
        party = self.upstream or self.saml
        return party is None or party.once


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``connection``."""

    id: str
    name: str
    strategy: str = DATABASE
    options: ConnectionOptions = ConnectionOptions()
    position: int = 0
    created_at: int = 0

    def serves(self, client_id: str) -> bool:
        """Whether this client's users may sign in through it.

        Everybody may to look after their own account.
        """
        enabled = self.options.enabled_clients
        return enabled is None or client_id in enabled or client_id == ACCOUNT_CLIENT
