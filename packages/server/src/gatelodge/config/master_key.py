"""The master key: from the configuration, or a file of mode 0600.

A line holds one key, 32 bytes in base64url; the newest stands first and seals, the
others open what they sealed. ``#`` starts a comment.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from gatelodge.base.encoding import b64url, unb64url
from gatelodge.base.entropy import Entropy
from gatelodge.base.seal import KEY_BYTES
from gatelodge.config.fields import Config
from gatelodge.config.sources import ConfigError


def master_keys(config: Config, entropy: Entropy) -> tuple[bytes, ...]:
    """Keys for ``Sealer``, newest first; made at the first run.

    Raises:
        ConfigError: a key is malformed, or the file cannot be read or written.
    """
    if config.master_key:
        return _parsed([key.reveal() for key in config.master_key], "master_key")
    path = config.key_file
    try:
        if not path.exists():
            _refuse_second_key(config)
            _create(path, entropy.draw(KEY_BYTES))
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"master key file {path}: {error}") from None
    texts = [line.strip() for line in lines if line.strip() and line[:1] != "#"]
    return _parsed(texts, str(path))


def rotate_file(path: Path, key: bytes) -> None:
    """Put a new key in front; the file is replaced at once or not at all."""
    old = path.read_text(encoding="ascii")
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    _write(fresh, f"{b64url(key)}\n{old}")
    fresh.replace(path)


def _parsed(texts: list[str], where: str) -> tuple[bytes, ...]:
    keys: list[bytes] = []
    for number, text in enumerate(texts, start=1):
        try:
            key = unb64url(text.rstrip("="))
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise ConfigError(
                f"{where}: key {number} is not 32 bytes in base64url; make one with"
                " `gatelodge keys master`"
            )
        keys.append(key)
    if not keys:
        raise ConfigError(f"{where}: holds no key; restore it from your backup")
    return tuple(keys)


def _refuse_second_key(config: Config) -> None:
    """A database without its key is a loss to report, not a first run."""
    database = config.sqlite_path
    if database and database.exists() and database.stat().st_size > 0:
        raise ConfigError(
            f"the database {database} is there, its master key {config.key_file} is"
            " not: restore the key from your backup, or set --master-key-file"
        )


def _create(path: Path, key: bytes) -> None:
    """Two processes that start at once end with one key: the first link wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    _write(draft, b64url(key) + "\n")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _write(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="ascii") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
