"""``--stay``: everything keeps running, with the addresses to explore."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from gatelodge.demo.company import Company


def stay(company: Company, where: Path) -> None:
    """Show what there is, and wait for Ctrl-C."""
    narrator, place = company.narrator, company.place
    where_to = f"--issuer {place.issuer} --api {place.api}"
    lines = (
        ("discovery", f"{place.issuer}.well-known/openid-configuration"),
        ("mailbox", f"{place.issuer}mailbox"),
        ("API description", f"{place.api}docs"),
        ("API metadata", f"{place.api}.well-known/oauth-protected-resource"),
        *((one.email, f"password: {one.password}") for one in place.people),
        (
            place.partner.person.email,
            f"of the partner, {place.partner.person.password}",
        ),
        ("data", str(where)),
    )
    narrator.blank()
    narrator.table("Explore", ("what", "where"), lines)
    narrator.blank()
    narrator.say("The apps, each in a terminal of its own:")
    for app in ("desktop", "cli"):
        word = " sign-in" if app == "cli" else ""
        narrator.say(
            f"  {sys.executable} -m gatelodge.demo.timesheets.{app} {where_to}{word}"
        )
    gatelodge = f"{sys.executable} -m gatelodge"
    narrator.say(f"The tenant's log:  {gatelodge} logs --data-dir {where / 'data'}")
    narrator.blank()
    narrator.say("Ctrl-C stops everything; the data stays.", "bold")
    try:
        # A bounded wait lets Windows deliver Ctrl-C.
        stopped = threading.Event()
        while not stopped.wait(1):
            pass
    except KeyboardInterrupt:
        narrator.blank()
