"""What storage knows of the people in a file, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from gatelodge.model.reads import Account
from gatelodge.model.user import Person

Key: TypeAlias = tuple[str, str]
"""What makes an account one: connection id and ``email_key`` (decisions 26).

For the people of other parties, who may share an address, connection and ``user_id``.
"""


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """What storage knows of the file's people.

    Attributes:
        by_key: accounts the file may mean.
        owners: key of the account behind each ``user_id`` the file names.
        primaries: accounts that the file links others to, by ``user_id``.
        fits: whether the file's password is the one in use.
    """

    by_key: Mapping[Key, Account] = {}
    owners: Mapping[str, Key] = {}
    primaries: Mapping[str, Person] = {}
    fits: Mapping[Key, bool] = {}
