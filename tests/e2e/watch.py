"""What no page of ours may do: complain in the console, or ask another host."""

from __future__ import annotations

from urllib.parse import urlsplit

# Chromium says so of every page whose status is above 399; those pages are meant.
_STATUS = "Failed to load resource: the server responded with a status of"
_OUTAGE = "Failed to load resource: net::ERR_CONNECTION_"


class Watch:
    """Notes complaints of all tabs it is set over.

    ``outage`` says that the server is meant to be away for a while.
    """

    def __init__(self, *origins: str) -> None:
        self._hosts = {urlsplit(origin).netloc for origin in origins}
        self.complaints: list[str] = []
        self.outage = False

    def over(self, tab) -> None:
        """Watch this tab from now on."""
        tab.on("console", self._console)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("request", self._request)

    def _console(self, message) -> None:
        if message.type == "info":  # a remark: a focus that came too late, under load
            return
        expected = (_STATUS, _OUTAGE) if self.outage else (_STATUS,)
        if not message.text.startswith(expected):
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https") and url.netloc not in self._hosts:
            self.complaints.append(f"asked {url.netloc}")
