from __future__ import annotations

import json
import re

import pytest

from inspector import errors
from inspector.errors import FilterError, InspectorError

ALL = [error for error in InspectorError.__subclasses__() if error.__module__ == errors.__name__]


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__)
    assert drawn == [error.__name__ for error in ALL]


def test_each_error_has_a_code_of_its_own():
    codes = {error.code for error in [InspectorError, *ALL]}
    assert len(codes) == len(ALL) + 1
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)


def test_an_error_is_written_as_the_api_answers_it():
    error = FilterError("Unknown field 'stauts'. Did you mean status?", column=3)
    assert json.loads(json.dumps(error.to_json())) == {
        "error": {
            "code": "invalid_query",
            "message": "Unknown field 'stauts'. Did you mean status?",
            "details": {"column": 3},
        }
    }


@pytest.mark.parametrize("kind", ALL)
def test_any_error_of_ours_is_caught_as_one_and_reads_as_its_message(kind):
    with pytest.raises(InspectorError) as caught:
        raise kind("What happened. What to do next.")
    assert str(caught.value) == caught.value.message == "What happened. What to do next."
    assert caught.value.details == {}
