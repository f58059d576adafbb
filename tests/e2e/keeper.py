"""What keeps the passkeys and keys of a browser, touched by nobody's finger."""

from __future__ import annotations

from typing import Any

from tests.e2e.person import Person


class Keeper:
    """What keeps passkeys in this browser: built in, or a security key."""

    def __init__(
        self,
        person: Person,
        *,
        transport: str = "internal",
        synced: bool = False,
        eager: bool = True,
    ) -> None:
        self._wire = person.tab.context.new_cdp_session(person.tab)
        self._wire.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": eager,
            "defaultBackupEligibility": synced,
            "defaultBackupState": synced,
        }
        added = self._wire.send(
            "WebAuthn.addVirtualAuthenticator", {"options": options}
        )
        self.id = added["authenticatorId"]

    @property
    def credentials(self) -> list[dict[str, Any]]:
        found = self._wire.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        kept: list[dict[str, Any]] = found["credentials"]
        return kept

    def recognise(self, *, recognised: bool) -> None:
        """Whether its person is recognised from now on."""
        said = {"authenticatorId": self.id, "isUserVerified": recognised}
        self._wire.send("WebAuthn.setUserVerified", said)

    def be_touched(self, *, touched: bool) -> None:
        """Whether somebody is there from now on."""
        said = {"authenticatorId": self.id, "enabled": touched}
        self._wire.send("WebAuthn.setAutomaticPresenceSimulation", said)


def ready(person: Person) -> None:
    """The page has learned that the browser could keep a passkey."""
    person.tab.wait_for_function(
        "document.querySelector('[name=passkey_ready]').value === '1'"
    )
