"""Stands in for a person's browser: ``BROWSER`` names it, the system starts it."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from gatelodge.demo.form_surfer import FormSurfer

url = sys.argv[1]
issuer = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
answers = {"username": "ada@example.com", "password": "ada writes hours 7"}
surfer = FormSurfer((issuer,), answers, wire=lambda _: None, saw=lambda _: None)
surfer.visit(url)
surfer.close()
