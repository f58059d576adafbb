"""Where a setting comes from: flag, environment, file, default, in this order.

``GATELODGE_DATABASE`` sets ``database``; ``GATELODGE_HASHING__MEMORY`` sets ``memory``
of table ``hashing``; ``GATELODGE_DATABASE_FILE`` names a file that holds the value.
An unknown name anywhere is an error, with the nearest known one.
"""

from __future__ import annotations

import difflib
import ipaddress
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from gatelodge.base.secret import Secret
from gatelodge.config.addresses import parse_listen
from gatelodge.config.fields import Config, read_secret
from gatelodge.config.issuer import normal_issuer

PREFIX: Final = "GATELODGE_"
FILE_NAME: Final = "gatelodge.toml"
# Names of ours that are no settings of the server.
NOT_SETTINGS: Final = ("GATELODGE_CONFIG",)
_NOT_SETTINGS_PREFIX: Final = ("GATELODGE_APP_", "GATELODGE_TEST_")
_LARGEST_FILE: Final = 1_000_000
_SCHEMES: Final = {
    "smtp": ("smtp://", "smtps://"),
    "sms": ("https://", "twilio://", "http://", "twilio+http://"),
}


class ConfigError(Exception):
    """The configuration cannot be used; the text says where and what to do."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One place a value may be put: ``path`` is ``("hashing", "memory")``."""

    path: tuple[str, ...]
    kind: Any
    default: Any
    about: str

    @property
    def name(self) -> str:
        """As the file spells it: ``hashing.memory``."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """As the environment spells it: ``GATELODGE_HASHING__MEMORY``."""
        return PREFIX + "__".join(self.path).upper()

    @property
    def flag(self) -> str | None:
        """As the command line spells it; none for keys, which others would see."""
        if self.path in (("master_key",), ("sms_secret",)):
            return None
        return "--" + "-".join(self.path).replace("_", "-")


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration, and for each setting's name where its value is from."""

    config: Config
    origins: Mapping[str, str]


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    value: Any
    origin: str


def settings(struct: type[msgspec.Struct] = Config) -> Iterator[Setting]:
    """All settings, tables flattened, in the order of the Struct."""
    yield from _settings(struct, ())


def load(
    *,
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    file: Path | None = None,
) -> Loaded:
    """Read all sources and check every value.

    Args:
        flags: values by setting name; None means not given.
        environ: the environment.
        file: the file that must exist; None reads ``gatelodge.toml`` if it is there.

    Raises:
        ConfigError: an unknown name, a value that does not fit, an unreadable file.
    """
    known = {setting.name: setting for setting in settings()}
    found = _from_file(file, known)
    found.update(_from_environment(environ, known))
    found.update(
        {
            name: _Found(value=value, origin=f"flag {known[name].flag}")
            for name, value in flags.items()
            if value is not None and value != ()
        }
    )
    config = _build({name: _fit(known[name], one) for name, one in found.items()})
    _check_values(config, found)
    origins = {
        name: found[name].origin if name in found else "default" for name in known
    }
    return Loaded(config=config, origins=origins)


def _settings(
    struct: type[msgspec.Struct], above: tuple[str, ...]
) -> Iterator[Setting]:
    for field in msgspec.structs.fields(struct):
        inner, *metas = get_args(field.type)
        path = (*above, field.name)
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield from _settings(inner, path)
            continue
        about = next((meta.description for meta in metas if meta.description), "")
        yield Setting(path=path, kind=field.type, default=field.default, about=about)


def _from_file(file: Path | None, known: Mapping[str, Setting]) -> dict[str, _Found]:
    path = file or Path(FILE_NAME)
    if file is None and not path.is_file():
        return {}
    flat = _flatten(_read_toml(path), known)
    for name in flat:
        if name not in known:
            raise ConfigError(f"{path}: unknown setting {name!r}{_meant(name, known)}")
    return {
        name: _Found(value=value, origin=str(path))
        for name, value in flat.items()
        if value != ""
    }


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as handle:
            return tomllib.loads(handle.read(_LARGEST_FILE).decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None


def _flatten(
    table: Mapping[str, Any], known: Mapping[str, Setting], above: str = ""
) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and name not in known:
            flat.update(_flatten(value, known, f"{name}.") or {name: value})
        else:
            flat[name] = value
    return flat


def _from_environment(
    environ: Mapping[str, str], known: Mapping[str, Setting]
) -> dict[str, _Found]:
    by_variable = {setting.variable: setting for setting in known.values()}
    found: dict[str, _Found] = {}
    for variable in sorted(filter(_is_ours, environ)):
        value = environ[variable]
        if value == "":
            continue
        setting = by_variable.get(variable)
        mounted = by_variable.get(variable.removesuffix("_FILE"))
        if setting is None and mounted is not None:
            setting, value = mounted, _mounted(variable, value)
        if setting is None:
            hint = _meant(variable, by_variable)
            raise ConfigError(f"unknown environment variable {variable}{hint}")
        found[setting.name] = _Found(value=value, origin=f"environment {variable}")
    return found


def _is_ours(variable: str) -> bool:
    return (
        variable.startswith(PREFIX)
        and variable not in NOT_SETTINGS
        and not variable.startswith(_NOT_SETTINGS_PREFIX)
    )


def _mounted(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{variable}: the file {path!r} cannot be read") from None


def _meant(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _fit(setting: Setting, found: _Found) -> Any:
    value = found.value
    is_list = str(get_args(setting.kind)[0]).startswith("tuple")
    if is_list and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return msgspec.convert(
            value, type=setting.kind, strict=False, dec_hook=read_secret
        )
    except msgspec.ValidationError as error:
        # The value itself is not repeated: it may be a secret.
        raise ConfigError(f"{found.origin}: {setting.name}: {error}") from None


def _build(values: Mapping[str, Any]) -> Config:
    top: dict[str, Any] = {}
    tables: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        table, _, key = name.rpartition(".")
        (tables.setdefault(table, {}) if table else top)[key] = value
    kinds = {
        field.name: get_args(field.type)[0] for field in msgspec.structs.fields(Config)
    }
    return Config(**top, **{name: kinds[name](**held) for name, held in tables.items()})


def _check_values(config: Config, found: Mapping[str, _Found]) -> None:
    """What a type cannot say: URLs, addresses, networks."""
    checks = (
        ("listen", config.listen, parse_listen),
        ("issuer", (config.issuer,) if config.issuer else (), normal_issuer),
        ("more_issuers", config.more_issuers, normal_issuer),
        ("trusted_proxies", config.trusted_proxies, ipaddress.ip_network),
    )
    for name, texts, reader in checks:
        for text in texts:
            try:
                reader(text)
            except ValueError as error:
                raise ConfigError(f"{found[name].origin}: {name}: {error}") from None
    if not config.listen:
        raise ConfigError("listen: at least one address is needed")
    if config.database and not config.database_url.startswith(
        ("sqlite:", "postgresql:", "postgres:")
    ):
        raise ConfigError(
            f"{found['database'].origin}: database: starts with sqlite: or postgresql:"
        )
    for name, starts in _SCHEMES.items():
        secret: Secret | None = getattr(config, name)
        if secret and not secret.reveal().startswith(starts):
            known = " or ".join(starts[:2])
            raise ConfigError(f"{found[name].origin}: {name}: starts with {known}")
