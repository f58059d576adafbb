"""Parameters of a request: each name once, empty means absent (RFC 6749 §3.1-3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from gatelodge.base.errors import InvalidRequest
from gatelodge.base.text import echo

_LONGEST_VALUE = 8192
_MOST_FIELDS = 200
_INTEGER_BITS = 64


def parse_form(text: str) -> list[tuple[str, str]]:
    """Split a query or a form body; what no database can hold is refused.

    Raises:
        InvalidRequest: too many fields, an undecodable byte, a NUL.
    """
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise InvalidRequest(
            "The parameters cannot be read", rule="RFC6749-B"
        ) from error
    for name, value in pairs:
        check_text(name)
        check_text(value)
    return pairs


def single(
    pairs: Iterable[tuple[str, str]], *, longest: int = _LONGEST_VALUE
) -> dict[str, str]:
    """Each parameter at most once; an empty value counts as absent.

    Raises:
        InvalidRequest: a name came twice, or a value has more than ``longest``
            characters.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            raise InvalidRequest(
                f"Parameter '{echo(name, 40)}' must not be sent twice",
                rule="RFC6749-3.1",
            )
        seen.add(name)
        if len(value) > longest:
            raise InvalidRequest(
                f"Parameter '{echo(name, 40)}' is too long", rule="RFC6749-3.1"
            )
        if value:
            found[name] = value
    return found


def from_json(body: object) -> dict[str, str]:
    """Read a JSON body's scalar members as parameters; null and empty are absent.

    Auth0's native SDKs post JSON where RFC 6749 posts a form; the names are the same.

    Raises:
        InvalidRequest: the body is not an object, or a value is no parameter.
    """
    if not isinstance(body, Mapping):
        raise InvalidRequest("The body must be a JSON object", rule="Auth0-json")
    pairs = ((str(name), _scalar(value)) for name, value in body.items())
    return single((name, value) for name, value in pairs if value is not None)


def check_text(text: str) -> None:
    """No NUL, and nothing that is not Unicode text (RFC 6749 appendix A).

    Raises:
        InvalidRequest: no database could hold it.
    """
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidRequest("A parameter is not text", rule="RFC6749-A")


def _scalar(value: object) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
        raise InvalidRequest("A number is too large", rule="Auth0-json")
    text = str(value)
    check_text(text)
    return text
