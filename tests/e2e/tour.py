"""Every page of the running server, as people meet them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from tests.e2e.person import Person
from tests.e2e.walks import account, elsewhere, factors, signed_in, signing_in

Walk: TypeAlias = Callable[[Person, str], Iterator[str]]
"""Goes from page to page and yields the name of each; the address has an account."""

WALKS: Final[dict[str, Walk]] = {
    "signing in": signing_in.before_it,
    "a new password": signing_in.new_password,
    "a block": signing_in.blocked,
    "an address": signing_in.address,
    "codes and links": signing_in.by_code,
    "at the gate": signed_in.at_the_gate,
    "mishaps": signed_in.mishaps,
    "signing out": signed_in.sign_out,
    "a second factor": factors.setting_up,
    "codes by mail": factors.by_mail,
    "keys": factors.keys,
    "passkeys": factors.passkeys,
    "about them": account.about_them,
    "ways in": account.ways_in,
    "traces": account.traces,
    "elsewhere": elsewhere.parties,
}
SCRIPTED: Final = frozenset({"keys", "passkeys"})
"""Where authenticators are spoken to; nothing else of ours takes a script."""


def template_of(name: str) -> str:
    """The template of a page by the name that a walk gives it."""
    return name.partition(":")[0]
