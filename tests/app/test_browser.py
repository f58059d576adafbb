"""Opening the system browser, or saying that there is none."""

from __future__ import annotations

import stat
import time
import webbrowser

import pytest

from gatelodge_app import NoBrowser, ShowAddress, SystemBrowser

URL = "https://login.example.com/authorize?state=secret-state"


@pytest.fixture
def browser_variable(tmp_path, monkeypatch):
    """Name a script in BROWSER; the standard library reads it once, so it is told."""

    def name(script: str):
        path = tmp_path / "browser"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(stat.S_IRWXU)
        monkeypatch.setenv("BROWSER", f"{path} %s")
        monkeypatch.setattr(webbrowser, "_tryorder", None)
        monkeypatch.setattr(webbrowser, "_browsers", {})

    return name


def test_the_variable_browser_is_honoured(tmp_path, browser_variable):
    browser_variable(f'printf %s "$1" > {tmp_path}/shown')
    SystemBrowser().open(URL)
    assert (tmp_path / "shown").read_text() == URL


def test_a_browser_in_the_terminal_does_not_block(browser_variable):
    browser_variable("sleep 1")
    began = time.monotonic()
    SystemBrowser(patience=0.3).open(URL)
    assert time.monotonic() - began < 0.9


def test_no_browser_is_a_typed_error(browser_variable, monkeypatch, capfd):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("BROWSER", "/nonexistent/browser")
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})
    with pytest.raises(NoBrowser) as raised:
        SystemBrowser().open(URL)
    assert raised.value.url == URL
    assert "secret-state" not in str(raised.value) + repr(raised.value)
    assert "ShowAddress" in str(raised.value)
    assert "secret-state" not in "".join(capfd.readouterr())


def test_a_variable_that_cannot_be_read_is_no_browser(browser_variable, monkeypatch):
    browser_variable("true")
    monkeypatch.setenv("BROWSER", 'browser "%s')
    with pytest.raises(NoBrowser):
        SystemBrowser().open(URL)


def test_no_browser_ends_the_sign_in_and_closes_the_door(make):
    class Broken:
        def open(self, url):
            raise NoBrowser(url)

    app = make(browser=Broken())
    with pytest.raises(NoBrowser):
        app.sign_in()
    assert app._kit.memory.doors == []


def test_the_address_can_be_shown_instead(op, make, visitor):
    shown = []

    def show(text):
        shown.append(text)
        visitor.open(text.split()[-1])

    app = make(browser=ShowAddress(show))
    assert app.sign_in().access_token in op.live
    assert "browser on this computer" in shown[0]
