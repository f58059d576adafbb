"""People whom other parties vouch for, in the file: identities, links, factors."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.base.encoding import b64url
from gatelodge.base.seal import Sealer
from gatelodge.model.connection import UPSTREAM_TOKENS, Connection
from gatelodge.model.factor import TOTP_SEED
from gatelodge.model.reads import Account
from gatelodge.model.user import Person, User
from gatelodge.model.writes import (
    EndUserFamilies,
    EndUserSessions,
    HoldAccount,
    InsertFactor,
    InsertIdentity,
    InsertUser,
    UpdateUser,
)
from gatelodge.tenantfile.accounts import Accounts
from tests.tenantfile.plans import EMPTY, NOW, SEALER, planned, refused, written

ROWS = msgspec.structs.replace(
    EMPTY,
    connections=(
        *EMPTY.connections,
        Connection(id="con_2", name="github", strategy="github", position=1),
    ),
)
ADA = "{email: ada@example.com, user_id: auth0|ada}"
HUB = "connection: github, user_id: github|7, identities: [{user_id: '7'}]"


def of(*entries, accounts=None):
    return planned(f"users: [{', '.join(entries)}]", ROWS, accounts)


def said(*entries, accounts=None):
    return refused(f"users: [{', '.join(entries)}]", ROWS, accounts)


def account(user_id, **fields):
    whole = {"connection_id": "con_1", "email_key": "", "email": "", **fields}
    return Person(user=User(user_id=user_id, updated_at=5, **whole))


def test_a_new_person_of_another_party():
    plan = of(f"{{{HUB}, name: Ada}}")
    (put,) = written(plan, InsertUser)
    assert (put.user.user_id, put.user.connection_id) == ("github|7", "con_2")
    assert (put.user.email, put.user.name) == ("", "Ada")
    (known,) = written(plan, InsertIdentity)
    assert known.identity.connection_id == "con_2"
    assert (known.identity.external_id, known.identity.user_id) == ("7", "github|7")


def test_two_people_of_one_party_may_share_an_address():
    other = HUB.replace("7", "8")
    both = [f"{{{one}, email: ada@example.com}}" for one in (HUB, other)]
    assert len(written(of(*both), InsertUser)) == 2


def test_a_second_run_changes_nothing():
    person = account("github|7", connection_id="con_2")
    known = Accounts(by_key={("con_2", "github|7"): Account(person=person)})
    assert of(f"{{{HUB}}}", accounts=known).changes == ()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("connection: github, user_id: github|7", "identities: missing"),
        ("connection: github, identities: [{user_id: '7'}]", "a user_id is like"),
        (HUB.replace("'7'", "''"), "1 to 255 letters"),
        (HUB.replace("'7'", "'7', connection: gitlab"), "an entry of its own"),
        (f"{HUB}, email: nonsense", "is not an e-mail address"),
        ("user_id: auth0|x", "is not an e-mail address"),
        ("email: a@b.example, identities: [{user_id: x}]", "an entry of its own"),
        ("email: a@b.example, connection: nowhere", "there is no database"),
        (f"{HUB}, linked_to: auth0|nobody", "there is no other account"),
        (f"{HUB}, linked_to: github|7", "there is no other account"),
    ],
)
def test_what_may_not_be(entry, says):
    assert any(says in one for one in said(f"{{{entry}}}"))


# -- links --------------------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_a_new_account_is_part_of_a_new_one_wherever_it_stands(first):
    entries = [ADA, f"{{{HUB}, linked_to: auth0|ada}}"]
    plan = of(*(entries if first else entries[::-1]))
    ada, hub = written(plan, InsertUser)
    assert (ada.user.linked_to, hub.user.linked_to) == (None, "auth0|ada")
    (held,) = written(plan, HoldAccount)
    assert (held.user_id, held.seen_updated_at) == ("auth0|ada", NOW)


def test_each_of_several_links_holds_what_the_one_before_has_made():
    other = HUB.replace("7", "8")
    plan = of(ADA, *(f"{{{one}, linked_to: auth0|ada}}" for one in (HUB, other)))
    first, second = written(plan, HoldAccount)
    assert second.seen_updated_at == first.at


def test_linking_an_account_that_is_here_ends_its_sessions():
    ada = account("auth0|ada", email_key="ada@example.com")
    hub = account("github|7", connection_id="con_2")
    known = Accounts(
        by_key={("con_2", "github|7"): Account(person=hub)},
        primaries={"auth0|ada": ada},
    )
    plan = of(f"{{{HUB}, linked_to: auth0|ada}}", accounts=known)
    (put,) = written(plan, UpdateUser)
    assert put.user.linked_to == "auth0|ada"
    assert [one.seen_updated_at for one in written(plan, HoldAccount)] == [5]
    assert written(plan, EndUserSessions)
    assert written(plan, EndUserFamilies)


def test_absent_leaves_a_link_alone_and_null_undoes_it():
    hub = account("github|7", connection_id="con_2", linked_to="auth0|ada")
    known = Accounts(by_key={("con_2", "github|7"): Account(person=hub)})
    assert of(f"{{{HUB}}}", accounts=known).changes == ()
    (put,) = written(of(f"{{{HUB}, linked_to: null}}", accounts=known), UpdateUser)
    assert put.user.linked_to is None


@pytest.mark.rule("House-link")
def test_no_chains():
    bob = "{email: bob@example.com, user_id: auth0|bob, linked_to: auth0|ada}"
    chain = f"{{{HUB}, linked_to: auth0|bob}}"
    assert any("linked already" in one for one in said(ADA, bob, chain))
    ada = account("auth0|ada", linked_to="auth0|bob")
    known = Accounts(primaries={"auth0|ada": ada})
    part = f"{{{HUB}, linked_to: auth0|ada}}"
    assert any("linked already" in one for one in said(part, accounts=known))
    whole = msgspec.structs.replace(account("github|7"), linked=("con_1",))
    known = Accounts(
        by_key={("con_2", "github|7"): Account(person=whole)},
        primaries={"auth0|ada": account("auth0|ada")},
    )
    assert any("linked already" in one for one in said(part, accounts=known))


# -- factors ------------------------------------------------------------------------

TIMES = "created_at: '2026-01-01T00:00:00Z', confirmed_at: '2026-01-02T00:00:00Z'"


def totp(sealer=SEALER):
    sealed = b64url(sealer.seal(b"seed", purpose=TOTP_SEED, nonce=bytes(12)))
    return f"{{id: totp|dev_1, kind: totp, sealed: '{sealed}', counter: 3, {TIMES}}}"


def test_factors_come_with_a_new_account():
    plan = of(f"{{email: ada@example.com, factors: [{totp()}]}}")
    (put,) = written(plan, InsertFactor)
    assert (put.factor.kind, put.factor.counter) == ("totp", 3)
    assert SEALER.unseal(put.factor.sealed, purpose=TOTP_SEED) == b"seed"
    (made,) = written(plan, InsertUser)
    assert made.user.second_factor_at == put.factor.confirmed_at


def test_factors_in_use_are_left_alone():
    key = ("con_1", "ada@example.com")
    ada = account("auth0|ada", email_key=key[1], email=key[1])
    known = Accounts(by_key={key: Account(person=ada)})
    plan = of(f"{{email: ada@example.com, factors: [{totp()}]}}", accounts=known)
    assert plan.changes == ()


def test_a_second_factor_is_never_lost_with_the_master_key():
    other = totp(Sealer((b"x" * 32,)))
    for one in (other, totp().replace("sealed: '", "sealed: '=")):
        assert said(f"{{email: ada@example.com, factors: [{one}]}}")


def test_tokens_under_another_master_key_are_left_out():
    for sealer, kept in ((SEALER, True), (Sealer((b"x" * 32,)), False)):
        tokens = b64url(sealer.seal(b"{}", purpose=UPSTREAM_TOKENS, nonce=bytes(12)))
        entry = HUB.replace("'7'", f"'7', tokens: '{tokens}'")
        plan = of(f"{{{entry}}}")
        (put,) = written(plan, InsertIdentity)
        assert (put.identity.sealed is not None) is kept
        assert (plan.warnings == ()) is kept
