"""A file's text: placeholders, formats, and what a hostile file cannot do."""

from __future__ import annotations

import pytest

from gatelodge.tenantfile.findings import FileMistake
from gatelodge.tenantfile.source import LARGEST, parse


def data(text, name="tenant.yaml", **environ):
    return parse(text.encode(), name, environ).data


def mistakes(text, name="tenant.yaml", **environ):
    with pytest.raises(FileMistake) as caught:
        data(text, name, **environ)
    return [str(finding) for finding in caught.value.findings]


def test_the_three_formats_hold_the_same():
    yaml = "clients:\n  - name: A\n    callbacks: [x, y]\n"
    json = '{"clients": [{"name": "A", "callbacks": ["x", "y"]}]}'
    toml = '[[clients]]\nname = "A"\ncallbacks = ["x", "y"]\n'
    assert data(yaml) == data(json, "t.json") == data(toml, "t.toml")


def test_text_and_json_are_filled_in_from_the_environment():
    text = "secret: ##KEY##\nurls: @@URLS@@\nquoted: '@@URLS@@'\nname: \"@@NAME@@\"\n"
    found = data(text, KEY="s3cret", URLS='["a", "b"]', NAME='say "hi"')
    assert found == {
        "secret": "s3cret",
        "urls": ["a", "b"],
        "quoted": ["a", "b"],
        "name": 'say "hi"',
    }


def test_each_unset_key_is_named_with_its_line():
    assert mistakes("a: ##ONE##\n# ##IN_A_COMMENT##\nb: '@@TWO@@'\n") == [
        "line 1: ONE is not set in the environment: export ONE=…",
        "line 3: TWO is not set in the environment: export TWO=…",
    ]


def test_a_value_from_the_environment_is_not_repeated_by_an_error():
    (said,) = mistakes("a: ##KEY##\n", KEY="hunter2: [broken")
    assert "hunter2" not in said
    assert "not YAML" in said


def test_every_place_knows_its_line():
    text = "clients:\n  - name: A\n    callbacks:\n      - x\n      - y\n"
    lines = parse(text.encode(), "t.yaml", {}).lines
    assert lines["clients", 0, "callbacks", 1] == 5
    assert lines["clients", 0, "callbacks"] == 3


def test_merge_keys_and_aliases_work():
    text = "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: *b\n"
    assert data(text)["one"] == {"x": 1, "y": 3}
    assert data(text)["two"] == {"x": 1, "y": 2}


def test_times_stay_text():
    assert data("at: 2026-01-31\nzone: 2026-01-31T10:00:00Z\n") == {
        "at": "2026-01-31",
        "zone": "2026-01-31T10:00:00Z",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2\n", "line 2: 'a' stands here twice"),
        ("a: [1\n", "not YAML"),
        ("a: {b: c\n", "not YAML"),
        ("yes: 1\n", "line 1: a key is text: put it in quotes"),
        ("a: .nan\n", "infinite numbers are not allowed"),
        ("a: !!python/object/apply:os.system [id]\n", "is not allowed"),
        ("a: !!binary aGk=\n", "is not allowed"),
        ("a: !!set {x}\n", "is not allowed"),
        ("- &a [*a]\n", "aliases make this file too large"),
        ("a: " + "[" * 100 + "]" * 100, "more than 40 levels"),
    ],
)
def test_what_yaml_may_not_hold(text, says):
    assert says in mistakes(text)[0]


def test_aliases_cannot_make_a_small_file_large():
    steps = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "aliases make" in mistakes("\n".join(["a0: &a0 x", *steps]))[0]


def test_the_number_of_aliases_is_capped():
    text = "a: &a 1\nb: [" + ", ".join(["*a"] * 300) + "]"
    assert "200 aliases" in mistakes(text)[0]


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("{\n\n  x}", "t.json", "line 3: not JSON"),
        ("[" * 100_000, "t.json", "not JSON"),
        ("a = \n", "t.toml", "not TOML"),
        ("a: 1", "t.ini", ".ini is unknown: use .yaml"),
    ],
)
def test_other_formats_are_refused_with_their_place(text, name, says):
    assert says in mistakes(text, name)[0]


def test_a_large_file_is_refused_unread():
    with pytest.raises(FileMistake, match="larger than 5 MB"):
        parse(b"#" * (LARGEST[".yaml"] + 1), "t.yaml", {})


def test_other_encodings_are_refused():
    with pytest.raises(FileMistake, match="line 2: not UTF-8"):
        parse(b"a: 1\nb: \xff\n", "t.yaml", {})
