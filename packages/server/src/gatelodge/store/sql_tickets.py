"""Links in mails, and values that may be used once."""

from __future__ import annotations

from typing import Final

from gatelodge.model import reads, writes
from gatelodge.model.grant import Ticket
from gatelodge.store.person import Found, one, people
from gatelodge.store.rows import columns
from gatelodge.store.statement import Reading, Readings, Writings
from gatelodge.store.text import insert, listed, put

_TICKET: Final = columns(Ticket)
_NEWEST: Final = (
    "(SELECT MAX(n.created_at) FROM ticket n"
    " WHERE n.user_id = s.user_id AND n.purpose = s.purpose)"
)


def _ticket(row: Found) -> reads.TicketBundle:
    own, person, (newest_at,) = row
    return reads.TicketBundle(
        ticket=_TICKET.decode(own), person=person, newest_at=newest_at
    )


READINGS: Final[Readings] = {
    reads.FindTicket: Reading(
        people(
            "ticket s",
            "s.digest = $1 AND s.purpose = $2",
            own=listed(Ticket, "s"),
            extra=_NEWEST,
            linked=True,
        ),
        one(_TICKET.width, _ticket),
    ),
}

WRITINGS: Final[Writings] = {
    writes.InsertTicket: insert("ticket", Ticket),
    writes.PutTicket: put("ticket", Ticket, key="digest"),
    writes.UseTicket: (
        "UPDATE ticket SET used_at = $2 WHERE digest = $1 AND used_at IS NULL"
    ),
    writes.VoidTickets: (
        "UPDATE ticket SET used_at = $3"
        " WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL"
    ),
    writes.SpendJti: (
        "INSERT INTO seen_jti (key, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    ),
}
