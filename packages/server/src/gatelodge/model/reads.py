"""Every question we ask storage, each one statement (save ``LoadCatalogue``)."""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Question
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.factor import Factor
from gatelodge.model.grant import Code, Consent, Family, Ticket, TicketPurpose
from gatelodge.model.key import Outgoing
from gatelodge.model.log import LogLine
from gatelodge.model.profile import Identity
from gatelodge.model.saml import PostedAnswer, SamlSession
from gatelodge.model.session import Session
from gatelodge.model.user import Password, Person, User

# -- answers that bring several rows together ---------------------------------------


class PulseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Version of the catalogue, and the database's own clock where it has one."""

    version: int
    now: int | None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session (alive or not), its person, and what they allowed the client."""

    session: Session
    person: Person
    consented: tuple[str, ...] = ()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person found by identifier, with the password's hash if there is one.

    ``linked``: the account that the identifier names, where it was made part of the
    person's own; the password is that account's.
    """

    person: Person
    password: Password | None = None
    consented: tuple[str, ...] = ()
    linked: User | None = None

    @property
    def named(self) -> User:
        """The account that the identifier names, with its own address."""
        return self.linked or self.person.user


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A person found by what another party calls them, and their consent here."""

    identity: Identity
    person: Person
    consented: tuple[str, ...] = ()


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person's accounts: their own, or one that was made part of it.

    ``password_at``: when its password was set, None where it has none. ``identity``:
    who its person is elsewhere.
    """

    user: User
    password_at: int | None = None
    identity: Identity | None = None


class FactorBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A factor, whose it is, and their consent at one client."""

    factor: Factor
    person: Person
    consented: tuple[str, ...] = ()


class PasskeyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How many passkeys a person has; until when they want to hear of none."""

    passkeys: int
    quiet_until: int | None = None


class CodeBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A code, its person (None: deleted), and how many families they have here.

    ``session_open`` says whether nobody has ended the session that gave the code.
    """

    code: Code
    person: Person | None
    session_open: bool = False
    families: int = 0


class Grantee(msgspec.Struct, frozen=True, kw_only=True):
    """A person, and how many live families they have at one client."""

    person: Person
    families: int = 0


class FamilyBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh family and its person (None: deleted)."""

    family: Family
    person: Person | None


class BearerBundle(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind an access token, and why its family was ended, if it was."""

    person: Person
    ended: str | None = None


class TicketBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket and its person (None: deleted).

    ``newest_at``: when this person's newest ticket of the same purpose was written.
    """

    ticket: Ticket
    person: Person | None
    newest_at: int


# -- configuration ------------------------------------------------------------------


class LoadCatalogue(Question[CatalogueRows], frozen=True, kw_only=True):
    """All configuration rows, of one moment."""


class Pulse(Question[PulseAnswer], frozen=True, kw_only=True):
    """Has configuration changed, and what time is it?"""


# -- people -------------------------------------------------------------------------


class FindPerson(Question[Person | None], frozen=True, kw_only=True):
    """A person by ``user_id``."""

    user_id: str


class FindAccount(Question[Account | None], frozen=True, kw_only=True):
    """Who signs in with this e-mail address or user name, and their consent here.

    ``identifier`` is an ``email_key`` or a lower-case user name; ``audience`` is ""
    where the request names none.
    """

    connection_id: str
    identifier: str
    client_id: str = ""
    audience: str = ""


class FindIdentity(Question[Known | None], frozen=True, kw_only=True):
    """Who a connection's person is here, and their consent at one client."""

    connection_id: str
    external_id: str
    client_id: str = ""
    audience: str = ""


class ListWays(Question[tuple[Way, ...]], frozen=True, kw_only=True):
    """An account and all that were made part of it, its own first."""

    user_id: str


class DueDepartures(Question[tuple[User, ...]], frozen=True, kw_only=True):
    """Accounts whose time is over, because their people asked for that."""

    now: int
    limit: int = 20


class ListFactors(Question[tuple[Factor, ...]], frozen=True, kw_only=True):
    """A person's factors, oldest first, those being set up too."""

    user_id: str


class FindCredential(Question[FactorBundle | None], frozen=True, kw_only=True):
    """Whose WebAuthn credential this is, base64url; one that was proven once.

    With their consent at one client; ``audience`` is "" where the request names none.
    """

    credential: str
    client_id: str = ""
    audience: str = ""


class FindPasskeyStanding(Question[PasskeyStanding], frozen=True, kw_only=True):
    """Whether a person might be offered a passkey; ``key``: see ``login.passkey``."""

    user_id: str
    key: str


class Tries(msgspec.Struct, frozen=True, kw_only=True):
    """How many tries were taken, and when they are there again (milliseconds)."""

    count: int
    until: int


class FindTries(Question[Tries | None], frozen=True, kw_only=True):
    """What was taken of one bound or bucket."""

    key: str


class FindByEmail(Question[tuple[Person, ...]], frozen=True, kw_only=True):
    """People with this ``email_key`` in any connection."""

    email_key: str


class ListAccounts(Question[tuple[Account, ...]], frozen=True, kw_only=True):
    """Accounts in order of ``user_id``, those after ``after``."""

    after: str = ""
    limit: int = 100


class ListIdentities(Question[tuple[Identity, ...]], frozen=True, kw_only=True):
    """All identities, in order of connection and name there, those after these two."""

    connection_id: str = ""
    external_id: str = ""
    limit: int = 100


class ListEveryFactor(Question[tuple[Factor, ...]], frozen=True, kw_only=True):
    """Everybody's factors in order of ``id``, those after ``after``."""

    after: str = ""
    limit: int = 100


class ListSessions(Question[tuple[Session, ...]], frozen=True, kw_only=True):
    """A person's sessions, newest first, revoked ones too."""

    user_id: str
    limit: int = 100


class ListFamilies(Question[tuple[Family, ...]], frozen=True, kw_only=True):
    """A person's refresh families, newest first, ended ones too."""

    user_id: str
    limit: int = 400


class ListConsents(Question[tuple[Consent, ...]], frozen=True, kw_only=True):
    """What a person allowed which client."""

    user_id: str


# -- the corridor -------------------------------------------------------------------


class FindSignedIn(Question[SignedIn | None], frozen=True, kw_only=True):
    """The session of this cookie's digest, its person and consent for one client."""

    digest: str
    client_id: str = ""
    audience: str = ""


class FindSid(Question[SignedIn | None], frozen=True, kw_only=True):
    """A session by its public ``sid``."""

    sid: str


class FindCode(Question[CodeBundle | None], frozen=True, kw_only=True):
    """A code by digest; ``families`` counts the live ones of its user and client.

    ``now`` says which have come to their end, in milliseconds.
    """

    digest: str
    now: int = 0


class FindGrantee(Question[Grantee | None], frozen=True, kw_only=True):
    """A person who gets tokens for a client; ``now`` as for ``FindCode``."""

    user_id: str
    client_id: str
    now: int


class FindFamily(Question[FamilyBundle | None], frozen=True, kw_only=True):
    """A refresh family by id."""

    family_id: str


class FindBearer(Question[BearerBundle | None], frozen=True, kw_only=True):
    """A person, and whether the family of their token lives; "" where it has none."""

    user_id: str
    family_id: str = ""


class FindTicket(Question[TicketBundle | None], frozen=True, kw_only=True):
    """A ticket by digest and purpose."""

    digest: str
    purpose: TicketPurpose


class ListSharedSessions(Question[tuple[SamlSession, ...]], frozen=True, kw_only=True):
    """Sessions that a SAML party knows of a person it calls so."""

    party: str
    name_key: str
    limit: int = 200


class ListSharing(Question[tuple[SamlSession, ...]], frozen=True, kw_only=True):
    """SAML parties that know of a session."""

    sid: str


class FindAnswer(Question[PostedAnswer | None], frozen=True, kw_only=True):
    """An answer that waits for its browser."""

    digest: str


# -- log and mail -------------------------------------------------------------------


class ListLog(Question[tuple[LogLine, ...]], frozen=True, kw_only=True):
    """Log lines with an id above ``after``, oldest first; empty filters match all."""

    after: str = ""
    type: str = ""
    user_id: str = ""
    limit: int = 100


class TailLog(Question[tuple[LogLine, ...]], frozen=True, kw_only=True):
    """The newest log lines, newest first; empty filters match all."""

    type: str = ""
    user_id: str = ""
    limit: int = 50


class DueMail(Question[tuple[Outgoing, ...]], frozen=True, kw_only=True):
    """Mail that waits to be sent, oldest first."""

    now: int
    limit: int = 20


class DueTexts(Question[tuple[Outgoing, ...]], frozen=True, kw_only=True):
    """Texts that wait to be sent, oldest first."""

    now: int
    limit: int = 20


class ListMail(Question[tuple[Outgoing, ...]], frozen=True, kw_only=True):
    """The newest mails and texts, sent or not, newest first: for the mailbox page."""

    limit: int = 50


class SweepDue(Question[bool], frozen=True, kw_only=True):
    """Whether something that ended before ``before`` is still there; see ``Sweep``."""

    what: str
    before: int | str
