"""Sign in from a native app or a CLI through the system browser (RFC 8252)."""

from __future__ import annotations

from .app import App, AsyncApp
from .browser import Browser, ShowAddress, SystemBrowser
from .doorway import Door, Redirect
from .errors import (
    AlreadyWaiting,
    AppError,
    BadAnswer,
    BadIdToken,
    BadMetadata,
    BadResponse,
    Cancelled,
    InsecureAddress,
    IssuerMismatch,
    LoginRequired,
    NoBrowser,
    NotRevoked,
    PortTaken,
    ProviderError,
    Refused,
    SignedOut,
    SignInFailed,
    StateMismatch,
    TimedOut,
    TokenTooShort,
    Unreachable,
    UserAborted,
    VaultBroken,
    VaultBusy,
    VaultError,
    VaultFallback,
    VaultUnsafe,
)
from .file_vault import FileVault
from .keyring_vault import KeyringVault
from .loopback import Loopback
from .scheme import Scheme
from .steps import Note
from .tokens import TokenSet
from .vault import MemoryVault, SystemVault, Vault

__all__ = [
    "AlreadyWaiting",
    "App",
    "AppError",
    "AsyncApp",
    "BadAnswer",
    "BadIdToken",
    "BadMetadata",
    "BadResponse",
    "Browser",
    "Cancelled",
    "Door",
    "FileVault",
    "InsecureAddress",
    "IssuerMismatch",
    "KeyringVault",
    "LoginRequired",
    "Loopback",
    "MemoryVault",
    "NoBrowser",
    "NotRevoked",
    "Note",
    "PortTaken",
    "ProviderError",
    "Redirect",
    "Refused",
    "Scheme",
    "ShowAddress",
    "SignInFailed",
    "SignedOut",
    "StateMismatch",
    "SystemBrowser",
    "SystemVault",
    "TimedOut",
    "TokenSet",
    "TokenTooShort",
    "Unreachable",
    "UserAborted",
    "Vault",
    "VaultBroken",
    "VaultBusy",
    "VaultError",
    "VaultFallback",
    "VaultUnsafe",
]
