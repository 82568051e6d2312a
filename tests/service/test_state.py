"""The service without HTTP: the calls that tests and scripts make from Python."""

from __future__ import annotations

import asyncio
import threading

import pytest

from inspector.errors import ConfigError
from inspector.service.errors import ConflictError, InvalidPayloadError, MissingResourceError
from inspector.service.settings import ServiceSettings
from inspector.service.state import ConversationsService


@pytest.fixture
def service(inspector):
    return inspector.service


def make(**settings):
    return ConversationsService(
        ServiceSettings(**{"seed": 7, "start": 1_732_736_033.504, "clock": "virtual", **settings})
    )


def test_a_whole_life_from_python(service, inspector, is_signed):
    for event in ("conversation.created", "conversation.updated", "conversation.deleted"):
        service.subscribe(event, url=inspector.url, signing_key="k")
    conversation = service.create_conversation(name="Jane")
    service.receive_message(conversation, "hallo")
    service.send_message(conversation, "goedemorgen")
    service.drain()
    service.close(conversation)
    service.delete(conversation)
    service.drain()
    events = [request.event.name.removeprefix("conversation.") for request in inspector.requests]
    assert events == ["created", *["updated"] * 5, "deleted"]
    assert all(is_signed(request, "k", inspector.url) for request in inspector.requests)
    assert {request.payload["id"] for request in inspector.requests} == {conversation.id}
    with pytest.raises(MissingResourceError):
        service.conversation(conversation)


def test_what_python_makes_is_what_the_api_shows(mock, client):
    made = mock.service.create_conversation(name="Jane", channel_id="8963269E-69e4-58aa-9bf0-9b6cc239329c")
    assert client.get(f"/conversations/{made.id}").json == made
    assert made["channelId"] == "8963269e-69e4-58aa-9bf0-9b6cc239329c"
    assert made["featuredParticipants"][0]["type"] == "contact"


def test_what_python_gets_wrong_is_said_with_what_was_probably_meant(service):
    with pytest.raises(InvalidPayloadError) as caught:
        service.subscribe("conversation.created", url="nourl")
    assert ".url must be an http or https URL" in str(caught.value)
    with pytest.raises(InvalidPayloadError, match=r"\.event must be .*; did you mean conversation.created\?"):
        service.subscribe("conversation.craeted", url="http://127.0.0.1:1")
    with pytest.raises(InvalidPayloadError, match=r"\.chanel_id is not a field here.* did you mean channel_id\?"):
        service.create_conversation(chanel_id="8963269E-69e4-58aa-9bf0-9b6cc239329c")


def test_subscriptions_have_filters(service, inspector):
    channel = service.create_conversation()["channelId"]
    service.subscribe("conversation.created", url=inspector.url, filters={"channelId": channel})
    service.create_conversation(channel_id=channel, participants=[])
    service.create_conversation(channel_id="00000000-0000-4000-8000-000000000001")
    service.drain()
    assert [request.payload["channelId"] for request in inspector.requests] == [channel]


def test_conversations_are_found_in_the_workspace_they_are_in(service):
    elsewhere = "00000000-0000-4000-8000-00000000000a"
    made = service.create_conversation(workspace_id=elsewhere)
    service.receive_message(made.id, "hallo")
    assert service.conversation(made)["lastMessage"]["preview"] == {"text": "hallo"}


def test_python_calls_are_refused_as_those_of_the_api():
    service = make()
    with pytest.raises(InvalidPayloadError) as caught:
        service.create_conversation(visibility="secret")
    assert list(caught.value.details) == [".visibility"]
    conversation = service.create_conversation()
    service.close(conversation)
    with pytest.raises(ConflictError, match="closed"):
        service.send_message(conversation, "hallo")


def test_equal_seeds_give_equal_bytes(start, inspector):
    def play(mock):
        inspector.reset()
        for event in ("conversation.created", "conversation.updated"):
            mock.service.subscribe(event, url=inspector.url, signing_key="k")
        inspector.answer_with([200, 500, 200, 503, 200])
        conversation = mock.service.create_conversation()
        mock.service.receive_message(conversation, "hallo")
        mock.service.send_message(conversation, "hi")
        mock.service.drain()
        return [(request.headers, request.body) for request in inspector.requests]

    first = start()
    once = play(first)
    assert play(start()) == once
    first.service.reset()
    assert play(first) == once
    assert play(start(seed=8)) != once


def test_what_is_fired_before_there_is_a_loop_waits_for_it(service):
    alone = make()
    conversation = alone.create_conversation()
    alone.receive_message(conversation, "hallo")
    with pytest.raises(ConfigError, match="start"):
        alone.drain()
    assert alone.conversation(conversation)["lastMessage"]["status"] == "delivered"


def test_a_reset_forgets_everything(mock, inspector):
    mock.service.subscribe("conversation.created", url=inspector.url)
    mock.service.create_conversation()
    mock.service.advance(5)
    mock.service.reset()
    assert mock.client.get("/conversations").json == {"results": []}
    assert mock.service.clock.now() == 1_732_736_033.504
    assert len(mock.service.deliveries) == 0


def test_the_oldest_conversations_messages_and_workspaces_go():
    service = make(max_conversations=2, max_messages=2, max_workspaces=2)
    made = [service.create_conversation(name=str(number)) for number in range(3)]
    assert [one.fields["name"] for one in service.workspaces[0].conversations.newest(10)] == ["2", "1"]
    for number in range(3):
        service.receive_message(made[2], str(number))
    assert len(service.workspaces[0].conversations.find(made[2].id).messages) == 2
    for number in range(3):
        service.create_conversation(workspace_id=f"00000000-0000-4000-8000-00000000000{number}")
    assert len(service.workspaces) == 2
    assert service.workspace_id in {workspace.id for workspace in service.workspaces}


def test_asking_makes_no_workspace():
    service = make()
    for number in range(5):
        service.read(f"00000000-0000-4000-8000-00000000000{number}", lambda workspace: workspace.channels.to_json())
    assert service.workspaces == []


def test_many_threads_lose_nothing(service, inspector):
    service.subscribe("conversation.created", url=inspector.url)

    def work():
        for _ in range(25):
            service.create_conversation(participants=[])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    service.drain()
    created = [request.payload["id"] for request in inspector.requests]
    assert len(set(created)) == 200
    listed = [one.id for one in service.workspaces[0].conversations.newest(200)]
    assert created == listed[::-1]


def test_the_keys_of_subscriptions_are_known_by_url(service):
    service.subscribe("conversation.created", url="http://127.0.0.1:1/hook", signing_key="k")
    service.subscribe("conversation.updated", url="http://127.0.0.1:1/hook")
    assert service.signing_keys() == [("http://127.0.0.1:1/hook", "k")]


def test_settings_are_changed_while_it_runs_but_not_invented():
    service = make()
    assert service.configure(strict_urls=True).strict_urls
    with pytest.raises(ConfigError, match="speed"):
        service.configure(speed=1)


def test_nobody_waits_for_themselves(mock):
    async def within():
        mock.service.drain()

    loop = mock.service.courier.loop
    with pytest.raises(ConfigError, match="another thread"):
        asyncio.run_coroutine_threadsafe(within(), loop).result(10)


def test_a_reset_sets_the_switches_back_and_takes_the_new_seed(mock):
    mock.service.configure(access_key="k", strict_urls=True, seed=8)
    mock.service.reset()
    assert (mock.service.settings.access_key, mock.service.settings.strict_urls) == (None, False)
    assert mock.service.settings.seed == 8
