"""A scenario's text: read as it stands, with the place of each thing."""

from __future__ import annotations

import pytest

from inspector.sender.scenario_text import Places, ScenarioError

TEXT = "a: 1\nb:\n  - {c: 2024-11-27T19:33:53.5Z}\n"


def test_times_stay_text_and_numbers_numbers() -> None:
    assert Places().read(TEXT) == {"a": 1, "b": [{"c": "2024-11-27T19:33:53.5Z"}]}


@pytest.mark.parametrize(
    ("at", "of_name", "place"),
    [
        ((), False, "1:1"),
        (("b", 0, "c"), False, "3:9"),
        (("b", 0, "c"), True, "3:6"),
        (("b", 0, "absent"), False, "3:5"),
        (("b", 0, "absent"), True, "3:5"),
        (("absent",), False, "1:1"),
    ],
)
def test_an_error_has_the_place_of_what_is_wrong_or_of_what_lacks_it(
    at: tuple[object, ...], of_name: bool, place: str
) -> None:
    places = Places("a.yaml")
    places.read(TEXT)
    assert places.error(at, "something is wrong", of_name=of_name).message == f"a.yaml:{place}: something is wrong."


def test_what_was_never_read_has_no_place() -> None:
    error = Places().error(("a",), "something is wrong")
    assert (error.message, error.details) == ("scenario: something is wrong.", {})


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "nothing is in it"), ("a: 1\na: 2", "'a' stands here twice"), ("a: &x [*x]", "nested too deeply")],
)
def test_what_cannot_be_read_is_told(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as caught:
        Places().read(text)
    assert caught.value.details["line"] in (1, 2)
