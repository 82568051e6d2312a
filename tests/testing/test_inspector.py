"""The Inspector as tests use it: what arrives, what is fired, what is expected, how it answers."""

from __future__ import annotations

import threading
from typing import Any

import httpx2
import pytest

from inspector import Inspector, RequestLog, verify
from inspector.errors import ConfigError, DeliveryError, EventError, FilterError
from inspector.settings import Settings, SigningKey
from inspector.testing.failures import WebhookFailure


def send(inspector: Inspector, path: str = "/hook", body: bytes = b"{}") -> int:
    """What an app under test would do."""
    return httpx2.post(inspector.url + path, content=body).status_code


def later(inspector: Inspector, path: str) -> threading.Thread:
    """The same from the background, as soon as it gets its turn."""
    thread = threading.Thread(target=send, args=(inspector, path))
    thread.start()
    return thread


class TestWhatArrives:
    def test_requests_are_there_oldest_first(self, inspector: Inspector) -> None:
        assert (inspector.requests, inspector.last) == ([], None)
        for path in ("/one", "/two"):
            send(inspector, path)
        assert [request.path for request in inspector.requests] == ["/one", "/two"]
        assert inspector.last is inspector.requests[-1]
        assert isinstance(inspector.log, RequestLog)

    def test_wait_for_gives_the_request_that_arrives(self, inspector: Inspector) -> None:
        thread = later(inspector, "/late")
        assert inspector.wait_for("path:/late").path == "/late"
        thread.join()

    def test_wait_for_a_count_gives_so_many(self, inspector: Inspector) -> None:
        threads = [later(inspector, "/many") for _ in range(3)]
        assert len(inspector.wait_for(path="/many", count=3)) == 3
        for thread in threads:
            thread.join()

    def test_wait_for_fails_with_what_came(self, inspector: Inspector) -> None:
        send(inspector, "/other")
        with pytest.raises(WebhookFailure, match=r"(?s)Nothing matching path:/hook arrived.*was /other"):
            inspector.wait_for("path:/hook", timeout=0.01)

    def test_assert_none_looks_back_and_ahead(self, inspector: Inspector) -> None:
        inspector.assert_none(within=0.01)
        thread = later(inspector, "/unwanted")
        with pytest.raises(AssertionError, match="1 request matching path:/unwanted arrived; none was expected"):
            inspector.assert_none("path:/unwanted", within=5)
        thread.join()

    def test_a_wrong_search_is_an_error_at_once(self, inspector: Inspector) -> None:
        with pytest.raises(FilterError, match="no field 'evnt'"):
            inspector.wait_for("evnt:updated")

    @pytest.mark.inspector(signing_key="k")
    def test_the_markers_key_checks_signatures(self, inspector: Inspector) -> None:
        inspector.fire("created", to=f"{inspector.url}/hook")
        assert inspector.wait_for("signature:valid", timeout=0).event.name == "conversation.created"

    def test_the_next_test_knows_no_key(self, inspector: Inspector) -> None:
        inspector.fire("created", to=inspector.url, signing_key="k")
        assert inspector.last.signature.verdict == "unchecked"

    def test_records_carry_the_test(self, inspector: Inspector, request: pytest.FixtureRequest) -> None:
        send(inspector)
        assert inspector.last.test == request.node.nodeid
        assert inspector.wait_for(test=request.node.nodeid) is inspector.last


class TestWhatIsFired:
    def test_it_is_signed_for_where_it_goes(self, inspector: Inspector) -> None:
        delivery = inspector.fire("conversation.updated", to=f"{inspector.url}/hook?x=1", signing_key="k")
        delivery.assert_accepted(within=5)
        headers = dict(delivery.headers)
        verified = verify(
            url=f"{inspector.url}/hook?x=1",
            timestamp=headers["messagebird-request-timestamp"],
            body=delivery.body,
            signature=headers["messagebird-signature"],
            signing_keys=["k"],
        )
        assert verified.verdict == "valid"
        assert delivery.signed_text.startswith(headers["messagebird-request-timestamp"].encode() + b"\n")

    def test_it_can_be_signed_for_another_url(self, inspector: Inspector) -> None:
        delivery = inspector.fire("created", to=inspector.url, url="https://app.example/hook", signing_key="k")
        assert b"\nhttps://app.example/hook\n" in delivery.signed_text

    def test_values_are_put_in_and_taken_out(self, inspector: Inspector) -> None:
        inspector.fire("updated", to=inspector.url, set={"status": "closed", "lastMessage.id": "m1"}, unset=["name"])
        payload = inspector.last.payload
        assert (payload["status"], payload["lastMessage"]["id"], "name" in payload) == ("closed", "m1", False)

    @pytest.mark.parametrize("kind", ["event", "dict", "bytes"])
    def test_an_event_may_be_brought_along(self, kind: str, inspector: Inspector) -> None:
        event = inspector.sequence()[0]
        brought = {"event": event, "dict": event.to_json(), "bytes": event.to_bytes()}[kind]
        inspector.fire(brought, to=inspector.url).assert_accepted()
        assert inspector.last.body == event.to_bytes()

    def test_a_sequence_tells_one_conversation(self, inspector: Inspector) -> None:
        events = inspector.sequence(7)
        assert {event.payload["id"] for event in events} == {events[0].payload["id"]}
        assert (events[0].name, events[-1].name) == ("conversation.created", "conversation.deleted")
        assert [event.to_bytes() for event in inspector.sequence(7, at=0)] != [event.to_bytes() for event in events]

    def test_many_go_out_in_order(self, inspector: Inspector) -> None:
        events = inspector.sequence()
        deliveries = inspector.fire_many(events, to=inspector.url)
        deliveries.assert_accepted()
        assert deliveries.statuses == [200] * len(events)
        assert [request.body for request in inspector.requests] == [event.to_bytes() for event in events]

    def test_many_of_a_name_differ(self, inspector: Inspector) -> None:
        deliveries = inspector.fire_many("created", to=inspector.url, count=5, concurrency=5)
        assert len({delivery.request_id for delivery in deliveries}) == 5
        assert len(deliveries[1:3]) == 2

    def test_neighbours_are_swapped_on_demand(self, inspector: Inspector) -> None:
        first, second = inspector.sequence()[:2]
        inspector.fire_many([first, second], to=inspector.url, fault="reorder")
        assert [request.body for request in inspector.requests] == [second.to_bytes(), first.to_bytes()]

    def test_hours_of_retries_take_no_time(self, inspector: Inspector) -> None:
        inspector.answer_with([500] * 35 + [200])
        delivery = inspector.fire("created", to=inspector.url, retry="bird")
        delivery.assert_accepted()
        assert (len(delivery.attempts), delivery.elapsed > 7 * 3600) == (36, True)
        with pytest.raises(AssertionError, match="accepted, but after 7 h 59 min, not within 1 s"):
            delivery.assert_accepted(within=1)

    def test_an_app_that_never_answers_takes_36_times_the_grace(self, inspector: Inspector) -> None:
        inspector.answer_with({"delay_ms": 600_000})
        delivery = inspector.fire("created", to=inspector.url, retry="bird", grace=0.01)
        assert [attempt.error and attempt.error.kind for attempt in delivery.attempts] == ["timeout"] * 36
        assert 8 * 3600 < delivery.elapsed < 8 * 3600 + 36 * 10

    def test_refusals_are_asserted_too(self, inspector: Inspector) -> None:
        inspector.answer_with([401, 500, 200])
        refused, crashed, accepted = (inspector.fire("created", to=inspector.url) for _ in range(3))
        refused.assert_refused()
        refused.assert_refused(status=401)
        crashed.assert_refused(status=range(400, 600))
        for wrong in (crashed, accepted):
            with pytest.raises(AssertionError, match="was not refused"):
                wrong.assert_refused()

    def test_several_failures_are_told_together(self, inspector: Inspector) -> None:
        inspector.answer_with([200, 503])
        deliveries = inspector.fire_many("created", to=inspector.url, count=3)
        with pytest.raises(AssertionError, match="2 of 3 deliveries were not accepted"):
            deliveries.assert_accepted()
        with pytest.raises(AssertionError, match="was not refused"):
            deliveries.assert_refused(status=503)

    def test_nobody_there_is_an_outcome(self, inspector: Inspector, free_port: int) -> None:
        delivery = inspector.fire("created", to=f"http://127.0.0.1:{free_port}/hook")
        assert (delivery.status, delivery.error.kind) == (None, "refused")
        with pytest.raises(AssertionError, match=r"(?s)Nothing listens at.*Repeat +inspector send created --to"):
            delivery.assert_accepted()

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            ({"event": "creatd"}, EventError, "Did you mean conversation.created"),
            ({"event": "lifecycle"}, EventError, r"fire_many\('lifecycle'"),
            ({"to": "127.0.0.1:1/hook"}, DeliveryError, "Did you mean 'http://127.0.0.1:1/hook'"),
            ({"fault": "duplicat"}, DeliveryError, "Did you mean duplicate"),
            ({"signing_keys": "k"}, ConfigError, "fire takes no signing_keys="),
            ({"at": "yesterday"}, ConfigError, "at='yesterday': 'yesterday' is not a time"),
        ],
    )
    def test_a_wrong_call_says_what_is_right(
        self, call: dict[str, Any], error: type[Exception], message: str, inspector: Inspector
    ) -> None:
        arguments = {"event": "created", "to": inspector.url, **call}
        with pytest.raises(error, match=message):
            inspector.fire(arguments.pop("event"), **arguments)


class TestHowItAnswers:
    def test_statuses_in_order_the_last_for_good(self, inspector: Inspector) -> None:
        inspector.answer_with([500, 503, 201])
        assert [send(inspector) for _ in range(4)] == [500, 503, 201, 201]

    def test_rules_as_in_the_api(self, inspector: Inspector) -> None:
        inspector.answer_with({"status": 429, "headers": {"retry-after": "1"}}, q="path:/busy")
        assert [send(inspector, "/busy"), send(inspector, "/free")] == [429, 200]

    def test_a_function_of_the_request(self, inspector: Inspector) -> None:
        inspector.answer_with(lambda request: 413 if request.size > 2 else {"status": 202})
        assert [send(inspector, body=b"{}"), send(inspector, body=b"[1]")] == [202, 413]

    @pytest.mark.parametrize(("answer", "message"), [("busy", "no answer"), ({"status": 99}, "from 200 to 599")])
    def test_what_is_no_answer_is_refused_at_once(self, answer: Any, message: str, inspector: Inspector) -> None:
        with pytest.raises(ConfigError, match=message):
            inspector.answer_with([answer])

    def test_an_error_in_a_function_is_settled(self, inspector: Inspector) -> None:
        inspector.answer_with(lambda request: request.no_such_thing)
        assert send(inspector) == 500
        with pytest.raises(WebhookFailure, match=r"(?s)raised AttributeError.*request.no_such_thing"):
            inspector.settle()


class TestWhatIsExpected:
    def test_at_least_one_unless_a_count_is_given(self, inspector: Inspector) -> None:
        inspector.expect("path:/a")
        inspector.expect(path="/b", count=2)
        inspector.expect(path="/c", count=0)
        threads = [later(inspector, path) for path in ("/a", "/a", "/b", "/b")]
        inspector.settle()
        for thread in threads:
            thread.join()

    def test_too_few_and_too_many_are_told_together(self, inspector: Inspector) -> None:
        inspector.expect("path:/a", within=0.01)
        inspector.expect("path:/b", count=1)
        send(inspector, "/b")
        send(inspector, "/b")
        with pytest.raises(WebhookFailure) as failure:
            inspector.settle()
        assert "Expected at least one request matching path:/a; none came." in str(failure.value)
        assert "Expected 1 request matching path:/b; 2 came." in str(failure.value)

    def test_what_was_settled_is_settled(self, inspector: Inspector) -> None:
        inspector.expect("path:/a", within=0)
        with pytest.raises(WebhookFailure):
            inspector.settle()
        inspector.settle()

    def test_reset_forgets_all(self, inspector: Inspector) -> None:
        inspector.expect("path:/a", within=0)
        inspector.answer_with(503)
        first = inspector.fire("created", to=inspector.url, at=0)
        inspector.reset()
        assert (inspector.requests, inspector.deliveries) == ([], [])
        assert inspector.fire("created", to=inspector.url, at=0).body == first.body
        assert inspector.last.answer_status == 200


class TestStrict:
    @pytest.mark.inspector(strict=True)
    def test_what_was_looked_for_is_no_stranger(self, inspector: Inspector) -> None:
        inspector.expect("path:/a")
        send(inspector, "/a")
        send(inspector, "/b")
        inspector.wait_for("path:/b")

    @pytest.mark.inspector(strict=True)
    def test_what_was_not_is(self, inspector: Inspector) -> None:
        send(inspector, "/stranger")
        with pytest.raises(WebhookFailure, match=r"(?s)1 request arrived that this strict test.*strict=False"):
            inspector.settle()
        inspector.wait_for("path:/stranger")


class TestByItself:
    def test_it_runs_a_server_for_a_block(self) -> None:
        with Inspector({"signing_keys": "k"}, seed=7) as inspector:
            inspector.fire("created", to=f"{inspector.url}/hook", signing_key="k").assert_accepted()
            assert inspector.last.signature.verdict == "valid"
            assert repr(inspector) == f"<Inspector at {inspector.url}, 1 requests>"

    def test_settings_may_be_whole(self) -> None:
        with Inspector(Settings(port=0, signing_keys=(SigningKey("k", "main"),))) as inspector:
            inspector.fire("created", to=f"{inspector.url}/hook", signing_key="k")
            assert inspector.last.signature.key == "main"

    def test_the_block_settles(self) -> None:
        with pytest.raises(WebhookFailure, match="none came"), Inspector() as inspector:
            inspector.expect("event:updated", within=0)

    def test_an_error_in_the_block_comes_first(self) -> None:
        inspector = Inspector()
        with pytest.raises(ZeroDivisionError), inspector:
            inspector.expect("event:updated", count=1 // 0)
