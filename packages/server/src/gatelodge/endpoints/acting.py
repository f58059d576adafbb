"""Asking the administrator's actions: what they are told, and what is logged of it.

The asking is I/O between read and decide; what comes back is a value (``Outcome``)
that the rules take in like anything else that was read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from gatelodge.base.change import Decision
from gatelodge.base.errors import ProtocolRefusal
from gatelodge.base.exchange import Exchange
from gatelodge.endpoints.calling import Calling
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.ending import Ending
from gatelodge.house import House, Snapshot
from gatelodge.login import action_event, actions_so_far, metadata, set_aside
from gatelodge.login.action_event import Event
from gatelodge.login.saml_commands import Places
from gatelodge.model.action import Trigger
from gatelodge.model.reads import FamilyBundle
from gatelodge.model.user import Person
from gatelodge.model.writes import UserSignedIn
from gatelodge.oauth import client_credentials
from gatelodge.oauth.issuance import Issuance
from gatelodge.oauth.log import Witness, failed_actions
from gatelodge.oauth.outcome import (
    NO_RUN,
    NOTHING,
    Outcome,
    Run,
    spoken,
)

_LONGEST_LANGUAGE: Final = 100


def wanted(snapshot: Snapshot, house: House, trigger: Trigger) -> bool:
    """Whether any action is due; where none is, nothing is made for it."""
    return bool(house.actions.due(trigger, snapshot.catalogue.settings.actions))


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody brought back to ``/continue``."""

    query: Mapping[str, str]


async def at_login(
    house: House,
    exchange: Exchange,
    ending: Ending,
    *,
    scopes: tuple[str, ...],
    came: Came | None,
) -> Ending:
    """The ending with what the post-login actions say to it; each is asked once.

    ``came`` goes on after the redirect of an action.
    """
    before = await _so_far(house, ending)
    if before is not None and (before.outcome.redirect is None or came is None):
        return msgspec.structs.replace(ending, run=before)
    if before is None and not wanted(ending.snapshot, house, "post-login"):
        return ending
    event = _login_event(ending, witness(house, exchange), scopes)
    if before is not None and came is not None:
        event["request"]["query"] = dict(came.query)
    begun = before or NO_RUN
    run = await ask(
        house,
        exchange,
        ending.snapshot,
        "post-login",
        event,
        outcome=msgspec.structs.replace(begun.outcome, redirect=None),
        resume=begun.last,
        places=_places(ending),
    )
    run = msgspec.structs.replace(run, traces=(*begun.traces, *run.traces))
    return msgspec.structs.replace(ending, run=run)


def _places(ending: Ending) -> Places:
    """Where an answer by SAML may go; None where the answer is no such one."""
    saml = ending.request.way_back.mode == "saml"
    return ending.request.client.redirect_uris if saml else None


async def _so_far(house: House, ending: Ending) -> Run | None:
    """What they said to it before it had to wait, if that is still good."""
    name = ending.transaction.actions
    if name is None:
        return None
    bundle = await house.store.read(actions_so_far.question(name))
    found = actions_so_far.read(bundle, house.sealer)
    if found is None or found.user_id != ending.signed_in.session.user_id:
        return None
    return found.run if set_aside.good(bundle, house.clock.now()) else None


def _login_event(ending: Ending, who: Witness, scopes: tuple[str, ...]) -> Event:
    session = ending.signed_in.session
    saml = ending.request.way_back.mode == "saml"
    event = action_event.of_person(
        ending.signed_in.person,
        client=ending.request.client,
        api=ending.request.api,
        catalogue=ending.snapshot.catalogue,
        witness=who,
        protocol="samlp" if saml else "oidc-basic-profile",
        scopes=scopes,
        params={} if saml else ending.request.params,
    )
    event["session"] = action_event.session(session)
    event["authentication"] = action_event.methods(session.amr, session.auth_time)
    # The account does not know of this very login yet.
    event["stats"]["logins_count"] += any(
        isinstance(write, UserSignedIn) for write in ending.writes
    )
    return event


async def at_refresh(
    house: House,
    calling: Calling,
    bundle: FamilyBundle | None,
    scopes: tuple[str, ...],
) -> Run:
    """Ask the post-login actions when an app renews its tokens."""
    if bundle is None or bundle.person is None:
        return NO_RUN
    family, catalogue = bundle.family, calling.snapshot.catalogue
    event = action_event.of_person(
        bundle.person,
        client=calling.client,
        api=catalogue.apis.get(family.audience or ""),
        catalogue=catalogue,
        witness=calling.witness,
        protocol="oauth2-refresh-token",
        scopes=scopes,
        params={},
    )
    proven = family.authentication
    event["request"]["body"] = action_event.harmless(calling.params)
    event["refresh_token"] = action_event.refresh_token(family)
    event["session"] = {"id": family.sid}
    event["authentication"] = action_event.methods(proven.amr, proven.auth_time)
    return await ask(house, calling.exchange, calling.snapshot, "post-login", event)


async def at_credentials(
    house: House, calling: Calling, scopes: tuple[str, ...]
) -> Run:
    """Ask the credentials-exchange actions when a client acts for itself."""
    trigger: Trigger = "credentials-exchange"
    api = client_credentials.api_for(calling.params, calling.snapshot.catalogue)
    event = action_event.shared(calling.client, None, api, calling.witness, {})
    event["request"]["body"] = action_event.harmless(calling.params)
    event["transaction"] = {
        "protocol": "oauth2-client-credentials",
        "requested_scopes": calling.params.get("scope", "").split(),
        "granted_scopes": list(scopes),
    }
    event["access_token"] = {"scope": list(scopes)}
    return await ask(house, calling.exchange, calling.snapshot, trigger, event)


async def at_direct(
    house: House,
    calling: Calling,
    person: Person | None,
    scopes: tuple[str, ...],
    amr: tuple[str, ...],
) -> Run:
    """Ask the post-login actions where a person signs in without a browser."""
    if person is None or not wanted(calling.snapshot, house, "post-login"):
        return NO_RUN
    catalogue = calling.snapshot.catalogue
    grant_type = calling.params.get("grant_type", "")
    event = action_event.of_person(
        person,
        client=calling.client,
        api=catalogue.apis.get(calling.params.get("audience", "")),
        catalogue=catalogue,
        witness=calling.witness,
        protocol=action_event.PROTOCOLS.get(grant_type, "oauth2-password"),
        scopes=scopes,
        params={},
    )
    event["request"]["body"] = action_event.harmless(calling.params)
    event["authentication"] = action_event.methods(amr, calling.witness.at)
    event["stats"]["logins_count"] += 1
    return await ask(house, calling.exchange, calling.snapshot, "post-login", event)


def with_actions(
    decision: Decision[Issuance], person: Person | None, run: Run, calling: Calling
) -> Decision[Issuance]:
    """The same tokens, and what actions want of the account; failures are logged."""
    if not run.traces:
        return decision
    now, user = calling.witness.at, person.user if person else None
    failed = failed_actions(
        run,
        calling.witness,
        client_id=calling.client.client_id,
        user_id=user.user_id if user else None,
    )
    before = decision.writes
    changed = metadata.change(user, run.outcome, now, after=before) if user else ()
    writes = (*before, *changed, *failed)
    return msgspec.structs.replace(decision, writes=writes)


@contextlib.contextmanager
def blamed(run: Run, calling: Calling) -> Iterator[None]:
    """The log names the actions that had a part in a refusal within."""
    try:
        yield
    except ProtocolRefusal as refusal:
        if run.traces:
            client_id = calling.client.client_id
            refusal.details = {"actions": spoken(run.traces)}
            refusal.writes += failed_actions(run, calling.witness, client_id=client_id)
        raise


async def ask(
    house: House,
    exchange: Exchange,
    snapshot: Snapshot,
    trigger: Trigger,
    event: Event,
    *,
    outcome: Outcome = NOTHING,
    resume: str | None = None,
    places: Places = None,
) -> Run:
    """Ask the actions of one trigger; what every event tells is added here."""
    host = urlsplit(exchange.issuer).hostname
    request = {
        **event["request"],
        "method": exchange.method,
        "hostname": host,
        "language": exchange.headers.get("accept-language", "")[:_LONGEST_LANGUAGE],
    }
    tenant = {"id": snapshot.catalogue.settings.friendly_name}
    more = {"request": request, "issuer": exchange.issuer, "tenant": tenant}
    rows = snapshot.catalogue.settings.actions
    return await house.actions.run(
        trigger,
        {**event, **more},
        rows,
        outcome=outcome,
        resume=resume,
        places=places,
    )
