"""Names and types: every mistake in one go, each with its line and a remedy."""

from __future__ import annotations

import pytest

from tests.tenantfile.plans import planned, refused


def test_every_mistake_is_found_at_once():
    found = refused("""\
        clients:
          - name: 7
            app_type: native
          - app_type: native
          - name: C
            app_type: desktop
        users: {}
        roles: [R]
        """)
    assert found == [
        "line 2: clients[0].name: Expected `str`, got `int`; put it in quotes",
        "line 4: clients[1]: missing: `name`",
        "line 7: users: this section is a list: begin each entry with '- '",
        "line 8: roles[0]: this entry is a mapping of names and values",
    ]


def test_a_wrong_choice_lists_the_right_ones():
    (said,) = refused("clients: [{name: C, app_type: desktop}]")
    assert said.startswith("line 1: clients[0].app_type: 'desktop' is not one of")
    assert said.endswith("native, spa, regular_web, non_interactive")


def test_a_file_that_is_no_mapping():
    assert "the file is a mapping of sections" in refused("- a\n- b\n")[0]


@pytest.mark.parametrize("text", ["", "clients:\n", "clients: []\n", "# nothing\n"])
def test_an_empty_file_changes_nothing(text):
    assert planned(text).changes == ()


def test_unknown_names_warn_once_a_section_and_likely_typos_by_line():
    plan = planned("""\
        clints: []
        clients:
          - {name: A, app_type: native, sso_disabled: true, callback: [x]}
          - {name: B, app_type: spa, sso_disabled: true, jwt_configuration: {algo: x}}
        rules: []
        """)
    assert [str(one) for one in plan.warnings] == [
        "line 1: clints: ignored: unknown section; did you mean 'clients'?",
        "line 3: clients[0].callback: ignored: unknown name; did you mean 'callbacks'?",
        "line 2: clients: not used here: algo, sso_disabled",
        "line 5: rules: ignored: unknown section",
    ]


def test_null_is_absent_where_a_value_is_needed():
    plan = planned("clients: [{name: A, app_type: native, callbacks: null}]")
    assert len(plan.changes) == 1
