"""Faults of the API: pure choice first, then what an app meets."""

from __future__ import annotations

import http.client
import json

import pytest

from inspector.errors import ConfigError
from inspector.service.faults import ApiFault, ApiFaults


def test_a_fault_befalls_its_call_as_often_as_it_says():
    faults = ApiFaults("7")
    once, always = ApiFault("createMessage", count=1), ApiFault("*", "latency")
    faults.put([once, always])
    assert [faults.next("getMessage"), faults.next("createMessage"), faults.next("createMessage")] == [
        always,
        once,
        always,
    ]
    assert [fault["left"] for fault in faults.to_json()] == [0, None]


def test_a_share_of_the_calls_is_drawn_from_the_seed():
    def draw(seed):
        faults = ApiFaults(seed)
        faults.put([ApiFault(share=0.25)])
        return [faults.next("getMessage") is not None for _ in range(400)]

    assert draw("7") == draw("7") != draw("8")
    assert 60 < sum(draw("7")) < 140


@pytest.mark.parametrize(
    "wrong", [{"fault": "fire"}, {"status": 200}, {"seconds": -1}, {"count": 0}, {"share": 0}, {"share": 1.5}]
)
def test_a_fault_must_make_sense(wrong):
    with pytest.raises(ConfigError):
        ApiFault(**wrong)


def test_a_call_that_the_api_does_not_have_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no call 'createMesage'\. Did you mean createMessage\?"):
        ApiFault("createMesage")


def switch_on(mock, **fault):
    answer = mock.own("PUT", "/faults", {"faults": [fault]})
    assert answer.status == 200
    return mock.client


def test_a_status_is_answered_in_the_services_shape_and_nothing_is_done(mock):
    client = switch_on(mock, call="createConversation", fault="status", status=503, count=1)
    answer = client.post("/conversations", {})
    assert (answer.status, answer.json["code"]) == (503, "ServiceUnavailable")
    assert client.get("/conversations").json == {"results": []}
    assert client.post("/conversations", {}).status == 201


def test_a_malformed_answer_comes_after_what_was_asked_is_done(mock):
    client = switch_on(mock, call="createConversation", fault="malformed", count=1)
    answer = client.post("/conversations", {})
    assert answer.status == 201
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json
    assert len(client.get("/conversations").json["results"]) == 1


def test_latency_is_late_but_right(mock):
    client = switch_on(mock, fault="latency", seconds=0.02, count=1)
    assert client.get("/conversations").status == 200
    assert next(iter(mock.service.calls)).ms >= 20


def test_a_time_out_ends_without_an_answer_and_without_a_word_in_the_log(mock, caplog):
    client = switch_on(mock, fault="timeout", seconds=0.02, count=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        client.get("/conversations")
    assert client.get("/conversations").status == 200
    assert caplog.text == ""


def test_a_client_that_has_less_patience_is_no_error_either(mock, caplog):
    client = switch_on(mock, fault="timeout", seconds=20, count=1)
    connection = http.client.HTTPConnection(mock.url.removeprefix("http://"), timeout=20)
    connection.request("GET", f"{client.prefix}/conversations", headers=client.headers)
    while mock.own("GET", "/faults").json["faults"][0]["left"]:
        pass
    connection.close()
    while not len(mock.service.calls):
        client.get("/conversations")
    assert caplog.text == ""


@pytest.mark.parametrize(
    "content",
    [
        {"faults": [{"call": "nope", "fault": "status"}]},
        {"faults": [{"status": 200}]},
        {},
        {"faults": [{"fault": "fire"}]},
        {"faults": [1]},
        {"faults": [{"how": 1}]},
        {"x": 1},
    ],
)
def test_what_is_no_fault_is_refused_in_our_own_shape(mock, content):
    answer = mock.own("PUT", "/faults", content)
    assert (answer.status, set(answer.json["error"])) == (400, {"code", "message", "details"})
