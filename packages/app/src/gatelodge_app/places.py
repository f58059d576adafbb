"""Directories of the person's own where secrets may lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import VaultError, VaultUnsafe


def state_directory() -> Path:
    """Where this system keeps a program's state, by its own convention."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library/Application Support")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local/state")
    return Path(base) / "gatelodge-app"


def runtime_directory() -> Path:
    """Where sockets of a running session belong; the state directory otherwise."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "gatelodge-app" if base else state_directory()


def make_private(directory: Path) -> Path:
    """Create the directory for the owner alone; refuse one that others may enter.

    Raises ``VaultUnsafe`` or ``VaultError``. On Windows a person's profile is private
    by its inherited access list, and mode bits say nothing.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failed:
        raise VaultError(f"Cannot create {directory} ({failed.strerror}).") from None
    if os.name == "posix":
        seen = directory.stat()
        if seen.st_uid != os.geteuid() or seen.st_mode & 0o077:
            raise VaultUnsafe(f"The directory {directory} is not private.")
    return directory
