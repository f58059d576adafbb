from __future__ import annotations

import pytest

from gatelodge.model.settings import MfaSettings, Settings
from gatelodge.oauth import second_factor
from tests.rules.world import client, user

PWD = ("pwd",)
BOTH = ("pwd", "otp", "mfa")
KNOWN = ("pwd", "rba")
PLAIN = user()
ENROLLED = user(second_factor_at=1)


@pytest.mark.parametrize(
    ("policy", "person", "amr", "asked"),
    [
        ("never", ENROLLED, PWD, False),
        ("enrolled", PLAIN, PWD, False),
        ("enrolled", ENROLLED, PWD, True),
        ("enrolled", ENROLLED, KNOWN, False),
        ("enrolled", ENROLLED, BOTH, False),
        ("adaptive", PLAIN, PWD, False),
        ("adaptive", ENROLLED, PWD, True),
        ("adaptive", ENROLLED, KNOWN, False),
        ("always", PLAIN, PWD, True),
        ("always", ENROLLED, PWD, True),
        ("always", PLAIN, KNOWN, False),
        ("always", ENROLLED, BOTH, False),
        ("always", PLAIN, (), True),
    ],
)
def test_the_policy_decides(policy, person, amr, asked):
    settings = Settings(mfa=MfaSettings(policy=policy))
    assert asked is second_factor.missing(
        person, amr, client=client(), settings=settings
    )


@pytest.mark.parametrize("amr", [PWD, KNOWN, ()])
def test_a_demand_wants_two_factors_whatever_the_policy(amr):
    settings = Settings(mfa=MfaSettings(policy="never"))

    def missing(amr):
        return second_factor.missing(
            PLAIN, amr, client=client(), settings=settings, demanded=True
        )

    assert missing(amr)
    assert not missing((*amr, "mfa"))


def test_a_clients_own_policy_stands_before_the_tenants():
    strict = client(options={"mfa_policy": "always"})
    lax = client(options={"mfa_policy": "never"})
    settings = Settings(mfa=MfaSettings(policy="enrolled"))
    assert second_factor.missing(PLAIN, PWD, client=strict, settings=settings)
    assert not second_factor.missing(ENROLLED, PWD, client=lax, settings=settings)


def test_two_factors_are_the_one_class_with_a_name():
    assert second_factor.acr_of(BOTH) == second_factor.ACR
    assert second_factor.acr_of(PWD) is None
    assert second_factor.acr_of(KNOWN) is None
