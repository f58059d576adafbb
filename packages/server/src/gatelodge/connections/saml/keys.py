"""Our own keys in SAML: one pair signs, another opens what is encrypted for us."""

from __future__ import annotations

from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

SIGNING: Final = "saml-signing"
ENCRYPTION: Final = "saml-encryption"
KINDS: Final = (SIGNING, ENCRYPTION)


class SamlKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of one catalogue version.

    Attributes:
        key, certificate: what signs now; None where no connection needs them.
        signing: certificates to publish: the current one, then the next.
        encryption: the certificate that others encrypt for.
        opening: private keys that open, the current one first.
    """

    key: rsa.RSAPrivateKey | None = None
    certificate: str = ""
    signing: tuple[str, ...] = ()
    encryption: str = ""
    opening: tuple[rsa.RSAPrivateKey, ...] = ()
