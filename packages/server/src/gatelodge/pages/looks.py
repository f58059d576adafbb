"""A tenant's settings as the theme that pages and mails are drawn with."""

from __future__ import annotations

from gatelodge.model.settings import Settings
from gatelodge.pages.theme import Theme

LOGO_PATH = "/branding/logo"


def theme_of(settings: Settings) -> Theme:
    """The look; a logo is shown from our own origin (decisions 20)."""
    branding = settings.branding
    return Theme(
        tenant_name=settings.friendly_name,
        logo_path=LOGO_PATH if branding.logo_url else None,
        accent=branding.accent,
        privacy_url=branding.privacy_url,
        terms_url=branding.terms_url,
        support_url=settings.support_url,
        support_email=settings.support_email,
    )
