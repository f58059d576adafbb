"""Pages and mails from templates (house, room ``pages``; security 40, 43)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec
from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from gatelodge.base.errors import Mistake
from gatelodge.base.text import printable
from gatelodge.pages import addresses, qr, style, texts
from gatelodge.pages.fields import MAILS, PAGES, Fields
from gatelodge.pages.locales import FALLBACK, choose, direction
from gatelodge.pages.theme import Theme, accent_pair

_SUBJECT = 150


class RenderedPage(msgspec.Struct, frozen=True):
    """A whole page, and the CSP sources (``sha256-…``, no quotes) of its elements."""

    html: str
    style_hash: str
    script_hash: str | None

    @property
    def policy(self) -> str:
        """The Content-Security-Policy this page must be sent with."""
        return style.policy(self.style_hash, self.script_hash)


class RenderedMail(msgspec.Struct, frozen=True):
    """A mail: one line of subject, and its body twice."""

    subject: str
    text: str
    html: str


class Pages:
    """All pages in all languages; reads its package resources once."""

    def __init__(self) -> None:
        room = resources.files("gatelodge.pages")
        self.favicon: bytes = (room / "styles" / "favicon.svg").read_bytes()
        self._sheet = style.compact((room / "styles" / "page.css").read_text("utf-8"))
        self._scripts = {
            name: (room / "styles" / f"{name}.js").read_text("utf-8").strip()
            for name in ("form_post", "passkey")
        }
        self._texts = _catalogues(room / "locales")
        self._environment = _environment(room / "templates")

    def page(
        self, name: str, *, context: Mapping[str, object], locale: str, theme: Theme
    ) -> RenderedPage:
        """Render page ``name``; raises ``Mistake`` when the context does not fit it."""
        css = style.themed(self._sheet, theme.accent)
        fields = _fields(PAGES, name, context)
        script = self._script(name, fields)
        html = self._fill(
            f"{name}.html",
            fields,
            locale=locale,
            theme=theme,
            page=name,
            style=Markup(css),  # noqa: S704 - our own sheet and two checked colours
            script=Markup(script or ""),  # noqa: S704 - our own constant
        )
        digest = style.source_hash(script) if script else None
        return RenderedPage(html, style.source_hash(css), digest)

    def _script(self, name: str, fields: Mapping[str, object]) -> str | None:
        """The one script of a page: a form that sends itself, or an authenticator's."""
        needed = name if name == "form_post" else fields.get("passkey") and "passkey"
        return self._scripts[str(needed)] if needed else None

    def mail(
        self, name: str, *, context: Mapping[str, object], locale: str, theme: Theme
    ) -> RenderedMail:
        """Render mail ``name``; raises ``Mistake`` when the context does not fit it."""
        fields = _fields(MAILS, name, context)
        tenant = {"tenant": theme.tenant_name}
        subject = self._catalogue(locale).say(f"mail.{name}.subject", tenant)
        accent = accent_pair(theme.accent)[0]
        text, html = (
            self._fill(path, fields, locale=locale, theme=theme, accent=accent)
            for path in (f"mail/{name}.txt", f"mail/{name}.html")
        )
        return RenderedMail(printable(subject, _SUBJECT), text, html)

    def text(
        self, name: str, *, params: Mapping[str, object], own: str | None, locale: str
    ) -> str:
        """The words of text message ``name``; ``own`` are a connection's own.

        Own words know ``{code}`` and ``{tenant}`` and no other placeholder.
        """
        if own is not None:
            for hole, value in params.items():
                own = own.replace(f"{{{hole}}}", str(value))
            return own
        return self._catalogue(locale).say(f"text.{name}", params)

    def _fill(
        self,
        path: str,
        fields: Mapping[str, object],
        *,
        locale: str,
        theme: Theme,
        **more: object,
    ) -> str:
        spoken = self._catalogue(locale)
        speak = spoken.markup if path.endswith(".html") else spoken.say
        return self._environment.get_template(path).render(
            **fields,
            **more,
            t=functools.partial(_speak, speak),
            theme=theme,
            lang=spoken.locale,
            dir=direction(spoken.locale),
        )

    def _catalogue(self, locale: str) -> texts.Texts:
        others = (name for name in self._texts if name != FALLBACK)
        return self._texts[choose(locale, None, (FALLBACK, *others))]


def _speak(
    speak: Callable[[str, Mapping[str, object]], str], ref: object, **params: object
) -> str:
    """What templates call as ``t``: of an id, or of ``text_id`` with ``params``."""
    if isinstance(ref, str):
        return speak(ref, params)
    if isinstance(ref, Mapping) and isinstance(ref.get("text_id"), str):
        return speak(ref["text_id"], {**(ref.get("params") or {}), **params})
    raise Mistake("a text is neither an id nor a mapping with text_id")


def _fields(
    table: Mapping[str, Fields], name: str, context: Mapping[str, object]
) -> dict[str, object]:
    if name not in table:
        raise Mistake(f"there is no page {name}")
    return table[name].complete(name, context)


def _catalogues(folder: Traversable) -> dict[str, texts.Texts]:
    files = {file.name: file for file in folder.iterdir()}
    names = [name.removesuffix(".toml") for name in files if name.endswith(".toml")]
    return {
        name: texts.read(name, files[f"{name}.toml"].read_text("utf-8"))
        for name in names
    }


def _environment(folder: Traversable) -> Environment:
    sources = {
        prefix + file.name: file.read_text("utf-8")
        for prefix, place in (("", folder), ("mail/", folder / "mail"))
        for file in place.iterdir()
        if file.is_file()
    }
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "link": addresses.web_link,
        "app_link": addresses.app_link,
        "picture": addresses.picture,
        "needed": addresses.needed,
        "pieces": addresses.pieces,
        "qr": qr.picture,
    }
    environment.tests["reachable"] = addresses.reachable
    return environment
