"""A security key, or the device's own, as a second factor (WebAuthn L3).

What is asked and how an answer is judged is ``login.webauthn``'s; here stands what is
asked of somebody who has proven a first factor. The key need not recognise them then:
touching it is enough, and passkeys answer too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatelodge.base.change import Write
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.endpoints import passkeys
from gatelodge.endpoints.mfa_standing import ENROL_PATH, MFA_PATH, Standing
from gatelodge.house import House
from gatelodge.login import factors, webauthn, webauthn_answer
from gatelodge.model.factor import Factor

KEYS: Final = ("webauthn", "passkey")
_MOST: Final = 20


def question(house: House, stand: Standing) -> dict[str, object] | None:
    """What any of the person's keys is asked; None where this host can have none."""
    party = passkeys.party_of(stand.visit)
    if party is None:
        return None
    challenge = passkeys.challenge(house, _answering(stand))
    options = webauthn.request_options(
        party, challenge, known=_keys(stand), verification="discouraged"
    )
    return passkeys.question(house, MFA_PATH, challenge, options)


def offer(house: House, stand: Standing) -> dict[str, object] | None:
    """What makes a new key; None where this host can have none."""
    party = passkeys.party_of(stand.visit)
    if party is None:
        return None
    user = stand.signed_in.person.user
    challenge = passkeys.challenge(house, _enrolling(stand))
    options = webauthn.creation_options(
        party,
        challenge,
        user_id=user.user_id,
        label=user.label,
        display_name=user.display_name,
        known=stand.held,
        discoverable=False,
        verification="discouraged",
    )
    return passkeys.question(house, ENROL_PATH, challenge, options)


def answered(
    house: House, stand: Standing, form: Mapping[str, str]
) -> tuple[Factor, tuple[Write, ...]]:
    """The key that has signed, and what its answer spends.

    Raises:
        WebauthnRefusal: it is none of the person's, or the answer is not good.
    """
    party = passkeys.party_of(stand.visit)
    challenge, answer = passkeys.answered(house, form, subject=_answering(stand))
    found = [one for one in _keys(stand) if one.credential == answer.raw_id]
    if party is None or not found:
        raise _unknown()
    (known,) = found
    proof = webauthn_answer.verify(
        answer,
        known,
        party=party,
        challenge=challenge,
        now=house.clock.now(),
        discovered=False,
        must_verify=False,
    )
    return known, (challenge.spend(), proof.use)


def made(
    house: House, stand: Standing, form: Mapping[str, str]
) -> tuple[Factor, tuple[Write, ...]]:
    """The new key as a factor, and what its answer spends.

    Raises:
        WebauthnRefusal: the answer is not good, or there are too many already.
    """
    party = passkeys.party_of(stand.visit)
    challenge, answer = passkeys.answered(house, form, subject=_enrolling(stand))
    if party is None or len(stand.held) >= _MOST:
        raise _unknown()
    factor = webauthn_answer.register(
        answer,
        party=party,
        challenge=challenge,
        user_id=stand.user_id,
        kind="webauthn",
        factor_id=factors.factor_id("webauthn", house.entropy.draw(factors.ID_BYTES)),
        name=None,
        now=house.clock.now(),
        must_verify=False,
    )
    return factor, (challenge.spend(),)


def _keys(stand: Standing) -> list[Factor]:
    return [one for one in stand.usable if one.kind in KEYS]


def _answering(stand: Standing) -> str:
    return f"second factor {stand.signed_in.session.sid}"


def _enrolling(stand: Standing) -> str:
    return f"second factor enrolment {stand.signed_in.session.sid}"


def _unknown() -> WebauthnRefusal:
    return WebauthnRefusal(
        "error.key_unknown", rule="House-mfa-key", because="no key of this person"
    )
