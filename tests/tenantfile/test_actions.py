"""Actions in the tenant file: webhooks, and what functions are given (contract 2.5)."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.model.action import ACTION_SECRET, Action
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.settings import Settings
from gatelodge.model.writes import PutSetting
from gatelodge.tenantfile.actions import to_file
from gatelodge.tenantfile.export import Belongings
from gatelodge.tenantfile.export import to_file as exported

from .plans import SEALER, planned, refused, written

BOTH = """
    actions:
      - name: crm
        trigger: post-login
        url: https://crm.example.com/hook
        secret: thirty-two characters, shown once
        on_failure: continue
      - name: 10_roles.py
        time_limit: 2
        secrets: {KEY: the key of the function}
"""


def stored(plan) -> CatalogueRows:
    *_, setting = written(plan, PutSetting)
    actions = msgspec.convert(setting.value, type=tuple[Action, ...])
    return CatalogueRows(settings=Settings(actions=actions))


def opened(sealed: str) -> str:
    return SEALER.unseal_text(sealed, purpose=ACTION_SECRET).decode()


def test_a_webhook_and_a_function() -> None:
    function, hook = stored(planned(BOTH)).settings.actions
    assert (hook.name, hook.trigger, hook.on_failure) == (
        "crm",
        "post-login",
        "continue",
    )
    assert opened(hook.sealed_secret) == "thirty-two characters, shown once"
    assert (function.name, function.time_limit) == ("10_roles.py", 2)
    assert function.on_failure == "deny"
    assert opened(function.secrets["KEY"]) == "the key of the function"
    assert "shown once" not in repr(stored(planned(BOTH)))


def test_a_second_run_changes_nothing() -> None:
    assert planned(BOTH, stored(planned(BOTH))).configuration == ()


def test_a_new_secret_is_a_change_and_is_told_to_nobody() -> None:
    for old in ("shown once", "key of the function"):
        plan = planned(BOTH.replace(old, "changed now"), stored(planned(BOTH)))
        (change,) = plan.configuration
        assert "(new)" in repr(change.details)
        assert "changed now" not in repr(change.details)


def test_what_the_file_does_not_say_stays() -> None:
    plan = planned("actions: [{name: crm, time_limit: 9}]", stored(planned(BOTH)))
    function, hook = stored(plan).settings.actions
    assert (hook.time_limit, hook.url) == (9, "https://crm.example.com/hook")
    assert hook.sealed_secret is not None
    assert function.secrets


def test_pruning_deletes_what_is_not_named() -> None:
    rows = stored(planned(BOTH))
    assert planned("clients: []", rows, pruning=True).configuration == ()
    plan = planned("actions: [{name: 10_roles.py}]", rows, pruning=True)
    (change,) = plan.configuration
    assert (change.kind, change.label) == ("delete", "crm")
    assert [one.name for one in stored(plan).settings.actions] == ["10_roles.py"]


def test_an_export_tells_all_but_the_secrets() -> None:
    rows = stored(planned(BOTH))
    sections = exported(rows, (), Belongings(), hashes=True)
    assert sections["actions"] == [to_file(one) for one in rows.settings.actions]
    assert "secret" not in repr(sections["actions"])
    assert planned(msgspec.json.encode(sections).decode(), rows).configuration == ()


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{name: crm, trigger: post-login, url: 'http://crm.example.com/'}", "https"),
        (
            "{name: crm, url: 'https://x/', secret: &s 123456789012345678901234}",
            "quotes",
        ),
        ("{name: crm, trigger: post-login, url: 'https://x/'}", "secret: missing"),
        ("{name: crm, trigger: post-login, url: 'https://x/', secret: short}", "24"),
        ("{name: crm, trigger: login, url: 'https://x/'}", "trigger: missing or not"),
        ("{name: crm.py, trigger: post-login, url: 'https://x/'}", "another"),
        ("{name: crm}", "a file of the actions folder"),
        ("{name: _x.py}", "name"),
        ("{name: ../x.py}", "letters, digits"),
        ("{name: x.py, trigger: post-login}", "leave this out"),
        ("{name: x.py, secret: aaaaaaaaaaaaaaaaaaaaaaaaaa}", "signs webhooks"),
        ("{name: x.py, time_limit: 21}", "1 to 20"),
        ("{name: x.py, time_limit: 0}", "1 to 20"),
        ("{name: x.py, on_failure: ignore}", "one of deny, continue"),
        ("{name: x.py, secrets: {'a b': x}}", "no name such as"),
        ("{name: x.py, secrets: [{name: A, value: x}]}", "a mapping"),
        ("{name: x.py}, {name: x.py}", "twice"),
    ],
)
def test_what_may_not_be(entry, why) -> None:
    assert why in str(refused(f"actions: [{entry}]"))


def test_javascript_is_left_out() -> None:
    plan = planned(
        "actions: [{name: Roles, code: 'exports.x', secrets: [{name: A, value: x}]}]"
    )
    assert plan.configuration == ()
    assert "JavaScript" in str(plan.warnings[0])
