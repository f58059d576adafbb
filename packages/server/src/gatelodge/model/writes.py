"""Every change this server can ever make: the audit surface, one class a statement.

The fields in order are the statement's ``$1 … $n``; a Struct field stands for its own
fields in order. ``must`` is the number of rows the statement has to touch, else the
whole commit is undone and ``commit`` answers False.
"""

from __future__ import annotations

from typing import Any, ClassVar

from gatelodge.base.change import Write
from gatelodge.model.api import Api
from gatelodge.model.client import Client, ClientGrant, ClientKey, ClientSecret
from gatelodge.model.connection import Connection
from gatelodge.model.grant import Code, Consent, Family, Ticket
from gatelodge.model.key import Outgoing, SigningKey
from gatelodge.model.log import LogLine
from gatelodge.model.role import Role
from gatelodge.model.session import Session
from gatelodge.model.user import Password, User

# -- configuration: each commit of these also carries BumpCatalogue ------------------


class BumpCatalogue(Write, frozen=True, kw_only=True):
    """Tell every node that configuration changed."""

    must: ClassVar[int | None] = 1


class PutSetting(Write, frozen=True, kw_only=True):
    """Insert or replace one tenant setting."""

    key: str
    value: Any
    changed_at: int


class PutClient(Write, frozen=True, kw_only=True):
    """Insert or replace a client; ``created_at`` stays as first written."""

    client: Client


class DeleteClient(Write, frozen=True, kw_only=True):
    """Remove a client's row."""

    client_id: str


class PutClientSecret(Write, frozen=True, kw_only=True):
    """Insert or replace one secret of a client."""

    secret: ClientSecret


class DeleteClientSecrets(Write, frozen=True, kw_only=True):
    """Remove all of a client's secrets."""

    client_id: str


class PutClientKey(Write, frozen=True, kw_only=True):
    """Insert or replace one public key of a client."""

    key: ClientKey


class DeleteClientKeys(Write, frozen=True, kw_only=True):
    """Remove all of a client's public keys."""

    client_id: str


class PutApi(Write, frozen=True, kw_only=True):
    """Insert or replace an API; its identifier never changes."""

    api: Api


class DeleteApi(Write, frozen=True, kw_only=True):
    """Remove an API."""

    api_id: str


class PutGrant(Write, frozen=True, kw_only=True):
    """Insert or replace a client grant."""

    grant: ClientGrant


class DeleteGrant(Write, frozen=True, kw_only=True):
    """Remove a client grant."""

    grant_id: str


class PutConnection(Write, frozen=True, kw_only=True):
    """Insert or replace a connection."""

    connection: Connection


class DeleteConnection(Write, frozen=True, kw_only=True):
    """Remove a connection."""

    connection_id: str


class PutRole(Write, frozen=True, kw_only=True):
    """Insert or replace a role."""

    role: Role


class DeleteRole(Write, frozen=True, kw_only=True):
    """Remove a role."""

    role_id: str


class DeleteRoleMembers(Write, frozen=True, kw_only=True):
    """Take a role from everybody who has it."""

    role_id: str


class PutSigningKey(Write, frozen=True, kw_only=True):
    """Insert a signing key, or move it to another state."""

    key: SigningKey


# -- people -------------------------------------------------------------------------


class InsertUser(Write, frozen=True, kw_only=True):
    """A new account; loses if the identifier is taken in its connection."""

    must: ClassVar[int | None] = 1
    user: User


class UpdateUser(Write, frozen=True, kw_only=True):
    """Replace an account's columns, if it still is as it was at ``seen_updated_at``."""

    must: ClassVar[int | None] = 1
    user: User
    seen_updated_at: int


class UserSignedIn(Write, frozen=True, kw_only=True):
    """Count a sign-in."""

    user_id: str
    at: int
    ip: str


class BlockUser(Write, frozen=True, kw_only=True):
    """Block an account, or unblock it with None."""

    must: ClassVar[int | None] = 1
    user_id: str
    blocked_at: int | None
    updated_at: int


class VerifyEmail(Write, frozen=True, kw_only=True):
    """The person has shown that this very address is theirs."""

    must: ClassVar[int | None] = 1
    user_id: str
    email_key: str
    at: int


class DeleteUser(Write, frozen=True, kw_only=True):
    """Remove an account's row."""

    must: ClassVar[int | None] = 1
    user_id: str


class DeleteUserRows(Write, frozen=True, kw_only=True):
    """Remove what hangs on an account in ``table``.

    One of password, user_role, user_permission, consent, ticket, code, session,
    refresh_family.
    """

    table: str
    user_id: str


class PutPassword(Write, frozen=True, kw_only=True):
    """Set a password's hash."""

    password: Password


class RehashPassword(Write, frozen=True, kw_only=True):
    """Replace a hash by a stronger one of the same password, if it is still there."""

    user_id: str
    phc: str
    seen_phc: str


class AssignRole(Write, frozen=True, kw_only=True):
    """Give a person a role; giving it twice changes nothing."""

    user_id: str
    role_id: str
    at: int


class UnassignRole(Write, frozen=True, kw_only=True):
    """Take a role from a person."""

    user_id: str
    role_id: str


class GrantPermission(Write, frozen=True, kw_only=True):
    """Give a person one permission directly."""

    user_id: str
    api_id: str
    value: str
    at: int


class RevokePermission(Write, frozen=True, kw_only=True):
    """Take a direct permission from a person."""

    user_id: str
    api_id: str
    value: str


# -- sessions -----------------------------------------------------------------------


class OpenSession(Write, frozen=True, kw_only=True):
    """A browser is signed in."""

    must: ClassVar[int | None] = 1
    session: Session


class TouchSession(Write, frozen=True, kw_only=True):
    """The session was used; only its idle end moves."""

    digest: str
    touched_at: int
    idle_until: int


class EndSession(Write, frozen=True, kw_only=True):
    """Sign one browser out."""

    sid: str
    at: int


class EndUserSessions(Write, frozen=True, kw_only=True):
    """Sign all of a person's browsers out."""

    user_id: str
    at: int


# -- codes, families, consents ------------------------------------------------------


class InsertCode(Write, frozen=True, kw_only=True):
    """Issue a code."""

    must: ClassVar[int | None] = 1
    code: Code


class ConsumeCode(Write, frozen=True, kw_only=True):
    """Spend a code, once (RFC 6749 §4.1.2)."""

    must: ClassVar[int | None] = 1
    digest: str
    used_at: int


class DeleteClientCodes(Write, frozen=True, kw_only=True):
    """Remove the codes of a client that goes away."""

    client_id: str


class InsertFamily(Write, frozen=True, kw_only=True):
    """A refresh family is born."""

    must: ClassVar[int | None] = 1
    family: Family


class TurnFamily(Write, frozen=True, kw_only=True):
    """Move a family from one generation to the next, if nobody was faster.

    ``to_generation`` may equal ``from_generation``: a non-rotating exchange, which
    leaves ``rotated_at`` alone because the caller hands it in unchanged.
    """

    must: ClassVar[int | None] = 1
    family_id: str
    from_generation: int
    to_generation: int
    rotated_at: int
    used_at: int
    idle_until: int | None
    expires_at: int | None


class EndFamily(Write, frozen=True, kw_only=True):
    """End one family, unless it has ended already."""

    family_id: str
    at: int
    reason: str


class EndUserFamilies(Write, frozen=True, kw_only=True):
    """End all of a person's families; with ``client_id`` those of one client."""

    user_id: str
    client_id: str
    at: int
    reason: str


class EndGrantFamilies(Write, frozen=True, kw_only=True):
    """End a person's families at one client and audience ("" for none)."""

    user_id: str
    client_id: str
    audience: str
    at: int
    reason: str


class EndClientFamilies(Write, frozen=True, kw_only=True):
    """End the families of a client that goes away."""

    client_id: str
    at: int
    reason: str


class EndOldestFamilies(Write, frozen=True, kw_only=True):
    """Keep the ``keep`` newest live families of a user and client, end the rest."""

    user_id: str
    client_id: str
    keep: int
    at: int
    reason: str


class GiveConsent(Write, frozen=True, kw_only=True):
    """Record what a person allows from now on."""

    consent: Consent


class WithdrawConsent(Write, frozen=True, kw_only=True):
    """Forget a consent."""

    user_id: str
    client_id: str
    audience: str


class DeleteClientConsents(Write, frozen=True, kw_only=True):
    """Forget the consents given to a client that goes away."""

    client_id: str


# -- tickets and single-use values --------------------------------------------------


class InsertTicket(Write, frozen=True, kw_only=True):
    """Issue a single-use link."""

    must: ClassVar[int | None] = 1
    ticket: Ticket


class UseTicket(Write, frozen=True, kw_only=True):
    """Spend a link, once."""

    must: ClassVar[int | None] = 1
    digest: str
    used_at: int


class VoidTickets(Write, frozen=True, kw_only=True):
    """Only the newest link works: spend the person's unused ones."""

    user_id: str
    purpose: str
    used_at: int


class SpendJti(Write, frozen=True, kw_only=True):
    """Remember a value that may be used once; loses when it was used before."""

    must: ClassVar[int | None] = 1
    key: str
    expires_at: int


# -- log, mail, work ----------------------------------------------------------------


class AppendLog(Write, frozen=True, kw_only=True):
    """One line of the tenant log, in the transaction of what it tells of."""

    line: LogLine


class QueueMail(Write, frozen=True, kw_only=True):
    """Put a mail into the outbox."""

    must: ClassVar[int | None] = 1
    mail: Outgoing


class MailSent(Write, frozen=True, kw_only=True):
    """The mail server has taken it."""

    mail_id: str
    sent_at: int


class MailFailed(Write, frozen=True, kw_only=True):
    """It could not be handed over; ``failed_at`` is set when we give up."""

    mail_id: str
    tries: int
    due_at: int
    failed_at: int | None
    error: str


class TakeLease(Write, frozen=True, kw_only=True):
    """Hold a named duty until ``until``, unless another node holds it."""

    must: ClassVar[int | None] = 1
    name: str
    holder: str
    now: int
    until: int


class SweepCodes(Write, frozen=True, kw_only=True):
    """Remove codes that ended before ``before``."""

    before: int


class SweepTickets(Write, frozen=True, kw_only=True):
    """Remove links that ended before ``before``."""

    before: int


class SweepJtis(Write, frozen=True, kw_only=True):
    """Forget single-use values that ended before ``before``."""

    before: int
