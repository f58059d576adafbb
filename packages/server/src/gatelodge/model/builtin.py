"""What is there without a row: the account page, My Account's API and the MFA API.

Nobody can delete or change them, an export does not name them, and each issuer has its
own API (contract 1.5, 2.3).
"""

from __future__ import annotations

from typing import Final

from gatelodge.model.api import Api, ApiOptions, ApiScope
from gatelodge.model.client import CODE, Client, ClientOptions
from gatelodge.model.connection import ACCOUNT_CLIENT

ACCOUNT_CALLBACK: Final = "account/in"
_SCOPES: Final = (
    ("read:me:authentication_methods", "See how you sign in"),
    ("create:me:authentication_methods", "Add ways to sign in"),
    ("update:me:authentication_methods", "Rename your ways to sign in"),
    ("delete:me:authentication_methods", "Remove ways to sign in"),
    ("read:me:factors", "See which second factors there are"),
    ("read:me:connected_accounts", "See your accounts elsewhere"),
    ("delete:me:connected_accounts", "Disconnect your accounts elsewhere"),
    ("read:me:sessions", "See where you are signed in"),
    ("delete:me:sessions", "Sign you out elsewhere"),
    ("read:me:consents", "See which apps may use your account"),
    ("delete:me:consents", "Withdraw what you allowed apps"),
    ("read:me:profile", "See your profile"),
)
# Lifetime of a token in seconds, and whether our own apps need no consent.
_ACCOUNT: Final = (900, False)
_MFA: Final = (600, True)
_MFA_SCOPES: Final = (
    ("enroll", "Set up second factors"),
    ("read:authenticators", "See your second factors"),
    ("remove:authenticators", "Remove second factors"),
)


def clients(issuers: tuple[str, ...]) -> tuple[Client, ...]:
    """The account page.

    It only wants to know that somebody has signed in as everybody has to here: it has
    no way to prove itself, so that nobody can redeem a code of its.
    """
    if not issuers:
        return ()
    page = Client(
        client_id=ACCOUNT_CLIENT,
        name="My Account",
        app_type="web",
        auth_method="private_key_jwt",
        redirect_uris=tuple(f"{issuer}{ACCOUNT_CALLBACK}" for issuer in issuers),
        grant_types=(CODE,),
        options=ClientOptions(
            skip_confirmation=True,
            initiate_login_uri=f"{issuers[0]}account",
        ),
    )
    return (page,)


def apis(issuers: tuple[str, ...]) -> tuple[Api, ...]:
    """My Account's API and the MFA API, once for each issuer."""
    found = []
    for issuer in issuers:
        account, mfa = audience_of(issuer), mfa_audience(issuer)
        found += [
            _api(f"me:{issuer}", account, "My Account API", _SCOPES, _ACCOUNT),
            _api(f"mfa:{issuer}", mfa, "MFA API", _MFA_SCOPES, _MFA),
        ]
    return tuple(found)


def _api(
    id_: str,
    identifier: str,
    name: str,
    scopes: tuple[tuple[str, str], ...],
    terms: tuple[int, bool],
) -> Api:
    lifetime, skip_consent = terms
    return Api(
        id=id_,
        identifier=identifier,
        name=name,
        token_lifetime=lifetime,
        scopes=tuple(ApiScope(value=value, description=says) for value, says in scopes),
        options=ApiOptions(dialect="rfc9068_profile", skip_consent=skip_consent),
    )


def audience_of(issuer: str) -> str:
    """The audience of My Account's API (contract 1.5)."""
    return f"{issuer}me/"


def mfa_audience(issuer: str) -> str:
    """The audience of the MFA API (contract 1.5)."""
    return f"{issuer}mfa/"


def is_built_in(api: Api) -> bool:
    """Whether this is one of ours; the ids of rows have no colon."""
    return ":" in api.id
