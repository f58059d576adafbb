"""Section ``attackProtection``: in Auth0's shape, there and back."""

from __future__ import annotations

import json

import pytest

from gatelodge.model import writes
from gatelodge.model.attack_protection import AttackProtection
from gatelodge.model.settings import Settings
from gatelodge.tenantfile import settings

from .plans import planned, refused, written

SAID = """
    attackProtection:
      bruteForceProtection:
        max_attempts: 5
        mode: count_per_identifier
        shields: [block]
        allowlist: [192.0.2.0/24]
      suspiciousIpThrottling:
        enabled: true
        stage:
          pre-login: {max_attempts: 7}
    """


def put(text):
    (one,) = written(planned(text), writes.PutSetting)
    assert one.key == "attack_protection"
    return one.value


def test_what_is_said_is_changed_and_the_rest_stays():
    value = put(SAID)
    force = value["brute_force"]
    assert (force["enabled"], force["max_attempts"]) == (True, 5)
    assert (force["mode"], list(force["shields"])) == (
        "count_per_identifier",
        ["block"],
    )
    assert list(force["allowlist"]) == ["192.0.2.0/24"]
    usual = AttackProtection().suspicious_ip
    assert value["suspicious_ip"]["pre_login"] == {"max_attempts": 7, "rate": 864_000}
    assert value["suspicious_ip"]["pre_user_registration"] == {
        "max_attempts": usual.pre_user_registration.max_attempts,
        "rate": usual.pre_user_registration.rate,
    }


def test_an_export_applied_changes_nothing():
    file = settings.to_file(Settings())["attackProtection"]
    plan = planned(json.dumps({"attackProtection": file}))
    assert written(plan, writes.PutSetting) == []
    assert file["suspiciousIpThrottling"]["stage"]["pre-login"] == {
        "max_attempts": 100,
        "rate": 864_000,
    }


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("bruteForceProtection: {max_attempts: 0}", "1 to 100"),
        ("bruteForceProtection: {max_attempts: 101}", "1 to 100"),
        ("bruteForceProtection: {mode: sometimes}", "sometimes"),
        ("bruteForceProtection: {shields: [captcha]}", "captcha"),
        ("bruteForceProtection: {allowlist: [home]}", "'home' is no address"),
        ("suspiciousIpThrottling: {stage: {pre-login: {rate: 0}}}", "milliseconds"),
        (
            "suspiciousIpThrottling: {stage: {pre-login: {max_attempts: 9999999}}}",
            "1 to 100000",
        ),
    ],
)
def test_what_is_refused(section, says):
    (mistake,) = refused(f"attackProtection: {{{section}}}")
    assert says in mistake
    assert "attackProtection" in mistake
