"""The tree drawn in the docstring is the tree in the code."""

from __future__ import annotations

import re

from gatelodge_guard import errors


def drawn():
    lines = re.findall(
        r"^((?:│  |   )*)[├└]─ (\w+)", errors.__doc__ or "", re.MULTILINE
    )
    stack, pairs = ["GuardError"], set()
    for indent, name in lines:
        depth = len(indent) // 3
        stack[depth + 1 :] = [name]
        pairs.add((stack[depth], name))
    return pairs


def built(root):
    for child in root.__subclasses__():
        yield (root.__name__, child.__name__)
        yield from built(child)


def test_the_drawing_and_the_code_agree():
    assert drawn() == set(built(errors.GuardError))


def test_every_refusal_has_the_status_its_drawing_says():
    for line in (errors.__doc__ or "").splitlines():
        if said := re.search(r"─ (\w+) +(\d{3})(?: (\w+))?", line):
            name, status, code = said.groups()
            kind = getattr(errors, name)
            assert kind.status == int(status)
            assert kind.error == ("" if name == "NoCredentials" else code)
