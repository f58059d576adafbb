"""People: accounts, passwords, roles and permissions given to them."""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

from typing import Final

from gatelodge.base.errors import Mistake
from gatelodge.model import reads, writes
from gatelodge.model.profile import Identity
from gatelodge.model.user import Password, Person, User
from gatelodge.store.person import Found, found, one, people, scopes
from gatelodge.store.rows import columns
from gatelodge.store.statement import Reading, Readings, Rows, Writings
from gatelodge.store.text import insert, listed, put

_PASSWORD: Final = columns(Password)
_IDENTITY: Final = columns(Identity)
_USER: Final = columns(User)
# Columns that only UserSignedIn counts: a sign-in between read and commit must not
# be forgotten, so of two states the one with more sign-ins stays.
_UPDATE_USER: Final = """
UPDATE user_account SET
  connection_id = $2, email_key = $3, email = $4, email_verified_at = $5,
  username = $6, name = $7, given_name = $8, family_name = $9, nickname = $10,
  picture = $11, phone = $12, phone_verified_at = $13, user_metadata = $14,
  app_metadata = $15, blocked_at = $16, created_at = $17, updated_at = $18,
  last_login_at = CASE WHEN logins > $21 THEN last_login_at ELSE $19 END,
  last_ip = CASE WHEN logins > $21 THEN last_ip ELSE $20 END,
  logins = CASE WHEN logins > $21 THEN logins ELSE $21 END,
  second_factor_at = $22, linked_to = $23, leaving_at = $24
WHERE user_id = $1 AND updated_at = $25"""
_WHOSE: Final = "COALESCE(s.linked_to, s.user_id)"
_IDENTITY_OF: Final = "COALESCE(a.linked_to, a.user_id)"
_BY_IDENTIFIER: Final = """s.user_id = COALESCE(
  (SELECT user_id FROM user_account WHERE connection_id = $1 AND email_key = $2),
  (SELECT user_id FROM user_account WHERE connection_id = $1 AND username = $2))"""


def _account(row: Found) -> reads.Account | None:
    """An account from its person, password and, if asked for, consent."""
    own, person, extra = row
    if person is None:
        return None
    password = extra[: _PASSWORD.width]
    named = _USER.decode(own) if own else person.user
    return reads.Account(
        person=person,
        linked=None if named.user_id == person.user.user_id else named,
        password=None if password[0] is None else _PASSWORD.decode(password),
        consented=scopes(extra[_PASSWORD.width :]),
    )


def _known(row: Found) -> reads.Known | None:
    """An identity whose person was deleted is nobody's."""
    own, person, extra = row
    if person is None:
        return None
    identity = _IDENTITY.decode(own)
    return reads.Known(identity=identity, person=person, consented=scopes(extra))


def _persons(rows: Rows) -> tuple[Person, ...]:
    """Each person once, by however many of their accounts they were found."""
    whole = [person for _, person, _ in found(rows) if person is not None]
    return tuple({person.user.user_id: person for person in whole}.values())


def _accounts(rows: Rows) -> tuple[reads.Account, ...]:
    return tuple(one for one in map(_account, found(rows)) if one is not None)


def _delete_rows(write: writes.DeleteUserRows) -> str:
    """One fixed statement a table; ``$1`` has to be used, so it is compared."""
    if write.table not in writes.USER_TABLES:
        raise Mistake(f"no rows of a user in table {write.table!r}")
    return (
        f"DELETE FROM {write.table} WHERE $1 = '{write.table}' AND (user_id = $2"
        " OR user_id IN (SELECT a.user_id FROM user_account a WHERE a.linked_to = $2))"
    )


READINGS: Final[Readings] = {
    reads.FindPerson: Reading(
        people("user_account s", "s.user_id = $1", linked=True),
        one(0, lambda row: row[1]),
    ),
    reads.FindAccount: Reading(
        people(
            "user_account s",
            _BY_IDENTIFIER,
            own=listed(User, "s"),
            extra=f"{listed(Password, 'w')}, c.scopes",
            joins="LEFT JOIN password w ON w.user_id = s.user_id"
            f" LEFT JOIN consent c ON c.user_id = {_WHOSE}"
            " AND c.client_id = $3 AND c.audience = $4",
            owner=_WHOSE,
        ),
        one(_USER.width, _account),
    ),
    reads.FindIdentity: Reading(
        people(
            "identity s LEFT JOIN user_account a ON a.user_id = s.user_id",
            "s.connection_id = $1 AND s.external_id = $2",
            own=listed(Identity, "s"),
            extra="c.scopes",
            joins=f"LEFT JOIN consent c ON c.user_id = {_IDENTITY_OF}"
            " AND c.client_id = $3 AND c.audience = $4",
            owner=_IDENTITY_OF,
        ),
        one(_IDENTITY.width, _known),
    ),
    reads.FindByEmail: Reading(
        people("user_account s", "s.email_key = $1", owner=_WHOSE) + " ORDER BY 1, 2",
        _persons,
    ),
    reads.ListAccounts: Reading(
        "WITH page AS (SELECT user_id FROM user_account WHERE user_id > $1"
        " ORDER BY user_id LIMIT $2) "
        + people(
            "page s",
            "1 = 1",
            extra=listed(Password, "w"),
            joins="LEFT JOIN password w ON w.user_id = s.user_id",
            linked=True,
        )
        + " ORDER BY 1, 2",
        _accounts,
        large=True,
    ),
}

WRITINGS: Final[Writings] = {
    writes.InsertUser: insert("user_account", User),
    writes.InsertIdentity: insert("identity", Identity),
    writes.RefreshIdentity: (
        "UPDATE identity SET profile = $4, sealed = $5, refreshed_at = $6"
        " WHERE connection_id = $1 AND external_id = $2 AND user_id = $3"
    ),
    writes.UpdateUser: _UPDATE_USER,
    writes.UserSignedIn: (
        "UPDATE user_account SET logins = logins + 1, last_login_at = $2,"
        " last_ip = $3 WHERE user_id = $1"
    ),
    writes.BlockUser: (
        "UPDATE user_account SET blocked_at = $2, updated_at = $3 WHERE user_id = $1"
    ),
    writes.VerifyEmail: (
        "UPDATE user_account SET updated_at = $3,"
        " email_verified_at = COALESCE(email_verified_at, $3)"
        " WHERE user_id = $1 AND email_key = $2"
    ),
    writes.DeleteUser: "DELETE FROM user_account WHERE user_id = $1",
    writes.DeleteUserRows: _delete_rows,
    writes.PutPassword: put("password", Password, key="user_id"),
    writes.HoldPassword: (
        "UPDATE password SET changed_at = $2 WHERE user_id = $1 AND changed_at = $2"
    ),
    writes.RehashPassword: (
        "UPDATE password SET phc = $2 WHERE user_id = $1 AND phc = $3"
    ),
    writes.AssignRole: (
        "INSERT INTO user_role (user_id, role_id, given_at) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING"
    ),
    writes.UnassignRole: "DELETE FROM user_role WHERE user_id = $1 AND role_id = $2",
    writes.GrantPermission: (
        "INSERT INTO user_permission (user_id, api_id, value, given_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
    ),
    writes.RevokePermission: (
        "DELETE FROM user_permission WHERE user_id = $1 AND api_id = $2 AND value = $3"
    ),
}
