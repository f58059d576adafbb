"""What a request to a page brought: the query of a GET, the form of a POST."""

from __future__ import annotations

from collections.abc import Mapping

from gatelodge.base.exchange import Exchange
from gatelodge.base.params import parse_form, single

_LONGEST_MESSAGE = 524_288


def query_of(exchange: Exchange) -> dict[str, str]:
    """The query's parameters, each once."""
    return single(parse_form(exchange.query))


def form_of(exchange: Exchange) -> Mapping[str, str]:
    """The posted form, each field once."""
    return single(parse_form(_body(exchange)))


def message_of(exchange: Exchange) -> Mapping[str, str]:
    """The posted form where a field may be a whole document (SAML Bindings §3.5)."""
    return single(parse_form(_body(exchange)), longest=_LONGEST_MESSAGE)


def pairs_of(exchange: Exchange) -> list[tuple[str, str]]:
    """Parameters as they came, where both GET and POST may bring them."""
    posted = exchange.method == "POST"
    return parse_form(_body(exchange) if posted else exchange.query)


def _body(exchange: Exchange) -> str:
    return exchange.body.decode("utf-8", "replace")
