from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from inspector.cli.group import group
from inspector.errors import ConfigError
from inspector.service.settings import ServiceSettings
from inspector.service.state import ConversationsService

WORKSPACE, CHANNEL, CONVERSATION = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(3))
TEXT = {"type": "text", "text": {"text": "hallo"}}
SEED = {
    "version": 1,
    "workspaces": [
        {
            "id": WORKSPACE,
            "channels": [{"id": CHANNEL, "status": "inactive"}],
            "subscriptions": [
                {
                    "id": CHANNEL,
                    "service": "conversations",
                    "event": "conversation.created",
                    "url": "http://127.0.0.1:1",
                    "signingKey": "k",
                    "status": "inactive",
                }
            ],
            "conversations": [
                {
                    "id": CONVERSATION,
                    "name": "Jane",
                    "status": "closed",
                    "channelId": CHANNEL,
                    "participants": [{"type": "user", "id": WORKSPACE}],
                    "messages": [{"participantId": WORKSPACE, "participantType": "user", "body": TEXT}],
                }
            ],
        }
    ],
}


def with_subscriptions(*changes):
    given = {"service": "conversations", "event": "conversation.created", "url": "http://127.0.0.1:1"}
    return {"version": 1, "workspaces": [{"subscriptions": [{**given, **change} for change in changes]}]}


def service(tmp_path, content):
    file = tmp_path / "seed.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ConversationsService(ServiceSettings(seed_file=str(file), clock="virtual"))


def test_a_service_begins_with_what_the_file_tells_of(tmp_path):
    [workspace] = service(tmp_path, SEED).workspaces
    assert workspace.id == WORKSPACE
    assert workspace.channels.conversational(CHANNEL) == {"status": "inactive"}
    [subscription] = workspace.subscriptions
    assert (subscription.id, subscription.signing_key, subscription.fields["status"]) == (CHANNEL, "k", "inactive")
    conversation = workspace.conversations.find(CONVERSATION).to_json()
    assert (conversation["name"], conversation["status"]) == ("Jane", "closed")
    assert conversation["lastMessage"]["status"] == "delivered"
    assert len(workspace.deliveries) == 0


def test_it_is_there_again_after_a_reset(tmp_path, start):
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(SEED), encoding="utf-8")
    mock = start(seed_file=str(file))
    mock.service.delete(CONVERSATION)
    mock.service.reset()
    assert mock.service.conversation(CONVERSATION)["name"] == "Jane"


def test_a_reset_with_a_file_that_is_broken_by_now_changes_nothing(tmp_path, start):
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(SEED), encoding="utf-8")
    mock = start(seed_file=str(file))
    file.write_text("[]", encoding="utf-8")
    refused = mock.own("POST", "/reset")
    assert (refused.status, "seed.json" in refused.json["error"]["message"]) == (400, True)
    assert mock.service.conversation(CONVERSATION)["name"] == "Jane"
    mock.service.drain()


@pytest.mark.parametrize(
    ("content", "options"), [("{", ()), (with_subscriptions({}), ("--strict-urls",))], ids=["broken", "strict"]
)
def test_an_inspector_does_not_start_with_a_file_that_cannot_be_used(tmp_path, content, options):
    file = tmp_path / "seed.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    told = CliRunner().invoke(group, ["serve", "--port", "0", "--service-seed", str(file), *options])
    assert (told.exit_code, told.stdout) == (2, "")
    assert f"The seed file {str(file)!r} cannot be used" in told.stderr


def test_the_example_of_the_readme_can_be_used(tmp_path):
    readme = Path(__file__).parents[2] / "README.md"
    (example,) = re.findall(r"```json\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    [workspace] = service(tmp_path, example).workspaces
    assert (len(workspace.subscriptions), len(workspace.conversations)) == (1, 1)


def test_without_ids_it_is_the_workspace_of_python_calls(tmp_path):
    made = service(tmp_path, {"version": 1, "workspaces": [{"conversations": [{"name": "Jane"}]}]})
    assert [workspace.id for workspace in made.workspaces] == [made.workspace_id]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", "not valid JSON"),
        ([], "the whole of it must be an object"),
        ({"version": 2, "workspaces": []}, ".version"),
        ({"version": 1, "workspaces": [{"chanels": []}]}, ".workspaces[0].chanels"),
        ({"version": 1, "workspaces": [{"chanels": []}]}, "did you mean channels?"),
        (with_subscriptions({"event": "conversation.craeted"}), ".workspaces[0].subscriptions[0].event must be one of"),
        (with_subscriptions({"status": "asleep"}), ".workspaces[0].subscriptions[0].status must be one of"),
        (with_subscriptions(*[{}] * 6), ".workspaces[0].subscriptions[5]: There are 5 subscriptions"),
        (
            {"version": 1, "workspaces": [{"conversations": [{"status": "open"}]}]},
            ".workspaces[0].conversations[0].status",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(tmp_path, content, named):
    with pytest.raises(ConfigError) as caught:
        service(tmp_path, content)
    assert named in caught.value.message
    assert "seed.json" in caught.value.message


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="no-such-seed"):
        ConversationsService(ServiceSettings(seed_file="no-such-seed.json"))
