"""A walk through every call of the API with a plain HTTP client: shapes and codes."""

from __future__ import annotations

import uuid

import pytest

from inspector.webhook.times import parse_time

CONTACT = {"type": "contact", "identifierKey": "phonenumber", "identifierValue": "+31612345678"}
CHANNEL = "8963269e-69e4-58aa-9bf0-9b6cc239329c"
TEXT = {"type": "text", "text": {"text": "hallo"}}
NOWHERE = str(uuid.UUID(int=1))


def message(**fields):
    return {"participantId": NOWHERE, "participantType": "accessKey", "body": TEXT, **fields}


@pytest.fixture
def conversation(client):
    return client.create("/conversations", name="Jane", channelId=CHANNEL, participants=[CONTACT])


def test_a_conversation_is_created_read_changed_and_deleted(client):
    made = client.create("/conversations", name="Jane", channelId=CHANNEL, participants=[CONTACT], attributes={"a": 1})
    assert made["name"] == "Jane"
    assert (made["status"], made["visibility"], made["accessibility"]) == ("active", "private", "invite-only")
    assert (made["channelId"], made["platformStyle"], made["attributes"]) == (CHANNEL, "direct", {"a": 1})
    assert made["featuredParticipants"][0]["contact"]["identifierValue"] == "+31612345678"
    assert (made["activeParticipantCount"], made["pendingParticipantCount"]) == (1, 0)
    path = f"/conversations/{made['id']}"
    assert client.get(path).json == made

    changed = client.patch(path, {"name": "Joan", "status": "closed"})
    assert changed.status == 200
    assert (changed.json["name"], changed.json["status"]) == ("Joan", "closed")
    assert parse_time(changed.json["updatedAt"]) > parse_time(made["updatedAt"])

    gone = client.delete(path)
    assert (gone.status, gone.body) == (204, b"")
    assert client.get(path).status == client.delete(path).status == 404


USER = {"type": "user", "id": NOWHERE}


@pytest.mark.parametrize(
    ("participants", "named", "sender"),
    [
        ([CONTACT], {}, "accessKey"),
        ([CONTACT, USER], {}, "user"),
        ([CONTACT], {"participantType": "accessKey"}, "accessKey"),
        ([CONTACT], {"participantType": "flow"}, "flow"),
        ([CONTACT], {"participantType": "flow", "participantId": NOWHERE}, "flow"),
        ([CONTACT, USER], {"participantId": NOWHERE}, "user"),
    ],
)
def test_a_conversation_that_an_app_opens_with_a_message_begins_outgoing(client, participants, named, sender):
    made = client.create("/conversations", participants=participants, initialMessage={"body": TEXT, **named})
    last = made["lastMessage"]
    assert (last["type"], last["preview"], last["status"]) == ("text", {"text": "hallo"}, "accepted")
    assert last["sender"]["type"] == sender
    assert "lastMessageOutgoingAt" in made
    assert "lastMessageIncomingAt" not in made
    assert client.get(f"/conversations/{made['id']}/messages").json["results"][0]["body"] == TEXT


@pytest.mark.parametrize(
    ("fields", "named"), [({}, {"participantType": "contact"}), ({"initiatingParticipant": CONTACT}, {})]
)
def test_a_conversation_that_a_contact_begins_is_incoming(client, fields, named):
    made = client.create("/conversations", participants=[CONTACT], **fields, initialMessage={"body": TEXT, **named})
    last = made["lastMessage"]
    assert (last["status"], last["sender"]["id"]) == ("delivered", made["featuredParticipants"][0]["id"])
    assert "lastMessageIncomingAt" in made


def test_conversations_are_listed_newest_first_by_status_and_channel(client):
    first, second, third = (client.create("/conversations", name=name, channelId=CHANNEL)["id"] for name in "abc")
    client.patch(f"/conversations/{second}", {"status": "closed"})
    other = client.create("/conversations")["id"]

    def listed(query):
        return [one["id"] for one in client.get(f"/conversations{query}").json["results"]]

    assert listed("") == [other, third, second, first]
    assert listed("?reverse=true") == [first, second, third, other]
    assert listed("?status=closed") == [second]
    assert listed(f"?channelId={CHANNEL}&status=active") == [third, first]


def test_a_message_goes_out_and_comes_in(client, conversation):
    path = f"/conversations/{conversation['id']}"
    out = client.create(f"{path}/messages", **message(reference="r-1"))
    assert (out["conversationId"], out["status"], out["draft"]) == (conversation["id"], "accepted", False)
    assert (out["reference"], out["body"], out["sender"]["type"]) == ("r-1", TEXT, "accessKey")
    contact = conversation["featuredParticipants"][0]["id"]
    incoming = client.create(f"{path}/messages", participantId=contact, participantType="contact", body=TEXT)
    assert incoming["status"] == "delivered"
    assert client.get(f"{path}/messages/{out['id']}").json == out
    assert [one["id"] for one in client.get(f"{path}/messages").json["results"]] == [incoming["id"], out["id"]]
    assert client.get(f"{path}/messages?reverse=true").json["results"][0]["id"] == out["id"]
    after = client.get(path).json
    assert after["lastMessage"]["id"] == incoming["id"]
    assert (after["lastMessageIncomingAt"], after["lastMessageOutgoingAt"]) == (incoming["createdAt"], out["createdAt"])

    assert client.delete(f"{path}/messages/{incoming['id']}").status == 204
    assert client.get(path).json["lastMessage"]["id"] == out["id"]
    assert client.get(f"{path}/messages/{incoming['id']}").status == 404


def test_a_contact_that_nobody_knows_is_nobody_made_up(client, conversation):
    path = f"/conversations/{conversation['id']}"
    sender = client.create(f"{path}/messages", participantId=NOWHERE, participantType="contact", body=TEXT)["sender"]
    assert (sender["id"], sender["type"], sender["displayName"]) == (NOWHERE, "contact", "contact 00000000")
    assert "contact" not in sender, "no address is known"
    assert "lastMessageIncomingAt" in client.get(path).json


def test_a_message_goes_the_way_that_its_participant_type_says(client, conversation):
    path = f"/conversations/{conversation['id']}"
    contact = conversation["featuredParticipants"][0]["id"]
    out = client.create(f"{path}/messages", participantId=contact, participantType="user", body=TEXT)
    assert (out["sender"]["type"], out["status"]) == ("user", "accepted")
    assert client.get(f"{path}/participants/{contact}").json["type"] == "contact"


def test_recipients_are_told_with_all_that_is_known_of_them(client, conversation):
    contact = conversation["featuredParticipants"][0]
    known = {"id": contact["id"], **contact["contact"]}
    jane, mail = "+31612345678", {"identifierKey": "emailaddress", "identifierValue": "j@x.nl"}
    given = [
        {"id": contact["id"]},
        {"type": "cc", "identifierKey": "phonenumber", "identifierValue": jane},
        {"type": "bcc", "platformAddress": jane, "id": None},
        {"type": "to", **mail},
        {"type": "to", "id": NOWHERE},
    ]
    path = f"/conversations/{conversation['id']}"
    *first, stranger, unknown = client.create(f"{path}/messages", **message(recipients=given))["recipients"]
    assert first == [{"type": kind, **known} for kind in ("to", "cc", "bcc")]
    assert (uuid.UUID(stranger["id"]).version, stranger["platformAddress"]) == (4, "j@x.nl")
    assert unknown == {"type": "to", "id": NOWHERE}
    assert client.get(path).json["lastMessage"]["recipients"][0] == first[0]


def test_whole_numbers_of_any_size_are_never_rounded(mock, client, inspector):
    exact = b'{"attributes":{"n":123456789012345678901234567890,"more":[18446744073709551616,-9223372036854775809]}}'
    client.subscribe(inspector.url, "conversation.created")
    made = client.post("/conversations", exact)
    assert made.status == 201
    read = client.get(f"/conversations/{made.json['id']}")
    mock.service.drain()
    for body in (made.body, read.body, inspector.last.body, mock.own("GET", "").body):
        assert b'"n":123456789012345678901234567890,"more":[18446744073709551616,-9223372036854775809]' in body


def test_a_draft_is_changed_and_then_sent(client, conversation):
    path = f"/conversations/{conversation['id']}"
    draft = client.create(f"{path}/messages", **message(draft=True))
    assert "lastMessage" not in client.get(path).json
    assert client.get(path).json["hasDraft"] is True
    other = {"type": "text", "text": {"text": "better"}}
    assert client.patch(f"{path}/messages/{draft['id']}", {"body": other}).json["body"] == other
    sent = client.patch(f"{path}/messages/{draft['id']}", {"draft": False})
    assert (sent.status, sent.json["draft"]) == (200, False)
    assert client.get(path).json["lastMessage"]["preview"] == {"text": "better"}
    assert "hasDraft" not in client.get(path).json
    refused = client.patch(f"{path}/messages/{draft['id']}", {"body": TEXT})
    assert (refused.status, refused.json["code"]) == (409, "Conflict")


def test_nothing_is_sent_into_a_closed_conversation(client, conversation):
    path = f"/conversations/{conversation['id']}"
    client.patch(path, {"status": "closed"})
    answer = client.post(f"{path}/messages", message())
    assert (answer.status, answer.json["code"]) == (409, "Conflict")
    client.patch(path, {"status": "active"})
    assert client.post(f"{path}/messages", message()).status == 201


def test_participants_are_added_changed_and_removed(client, conversation):
    path = f"/conversations/{conversation['id']}/participants"
    user = client.create(path, type="user", id=NOWHERE)
    assert (user["id"], user["type"], user["status"]) == (NOWHERE, "user", "active")
    nested = client.create(path, type="contact", contact={"identifierKey": "emailaddress", "identifierValue": "j@x.nl"})
    assert nested["contact"]["identifierValue"] == "j@x.nl"
    assert client.post(path, {"type": "user", "id": NOWHERE}).status == 409
    listed = client.get(path).json["results"]
    assert [one["id"] for one in listed] == [conversation["featuredParticipants"][0]["id"], NOWHERE, nested["id"]]

    pending = client.patch(f"{path}/{NOWHERE}", {"status": "pending", "displayName": "John Smith"}).json
    assert (pending["status"], pending["displayName"]) == ("pending", "John Smith")
    counted = client.get(f"/conversations/{conversation['id']}").json
    assert (counted["activeParticipantCount"], counted["pendingParticipantCount"]) == (2, 1)
    assert client.get(f"{path}/{NOWHERE}").json == pending
    by_identifier = f"{path}/phonenumber/%2B31612345678"
    assert client.get(by_identifier).json["type"] == "contact"
    assert client.patch(by_identifier, {"displayName": "Jane Doe"}).json["displayName"] == "Jane Doe"

    assert client.delete(f"{path}/{NOWHERE}").status == 204
    assert client.get(f"{path}/{NOWHERE}").status == 404
    assert client.get(f"{path}/phonenumber/%2B1999").status == 404


def test_the_conversations_of_a_participant_are_found_by_id_and_by_identifier(client, conversation):
    again = client.create("/conversations", participants=[CONTACT])
    client.create("/conversations")
    contact = conversation["featuredParticipants"][0]["id"]
    assert again["featuredParticipants"][0]["id"] == contact, "the same number is the same contact"
    for path in (contact, "phonenumber/%2B31612345678"):
        found = client.get(f"/participants/{path}/conversations")
        assert [one["id"] for one in found.json["results"]] == [again["id"], conversation["id"]]


def test_the_conversations_of_a_channel_are_switched(client):
    path = f"/channels/{CHANNEL}/conversational"
    assert client.get(path).json == {"status": "active"}
    assert client.patch(path, {"status": "inactive"}).json == {"status": "inactive"}
    assert client.get(path).json == {"status": "inactive"}
    assert client.patch(path, {"status": "asleep"}).status == 422


@pytest.mark.parametrize("prefix", ["", "/organizations/b4e02c85-c6d2-4b15-8885-e09671799c61"])
def test_a_subscription_is_created_listed_changed_and_deleted(client, prefix):
    client.prefix = prefix + client.prefix
    given = {"service": "conversations", "event": "conversation.created", "url": "http://127.0.0.1:1/hook"}
    made = client.create("/webhook-subscriptions", **given, signingKey="k", eventFilters=[])
    assert {name: made[name] for name in given} == given
    assert (made["status"], made["signingKey"], made["eventFilters"], made["template"]) == ("active", "k", [], None)
    assert made["workspaceId"] in client.prefix
    assert not prefix or made["organizationId"] in prefix

    path = f"/webhook-subscriptions/{made['id']}"
    shown = {name: value for name, value in made.items() if name != "signingKey"}
    assert client.get(path).json == shown
    assert client.get("/webhook-subscriptions").json == {"results": [shown]}
    changed = client.patch(path, {"status": "inactive", "event": "conversation.updated"})
    assert (changed.status, changed.json["status"], changed.json["event"]) == (200, "inactive", "conversation.updated")
    assert client.get(f"{path}/logs").json == {"results": []}
    assert client.delete(path).status == 204
    assert client.get(path).status == client.get(f"{path}/logs").status == 404


def test_the_available_webhooks_name_events_and_their_filters(client):
    services = {one["service"]: one["events"] for one in client.get("/available-webhooks").json["results"]}
    assert set(services) == {"channels", "numbers", "payments", "conversations"}
    found = client.get("/available-webhooks?service=conversations").json["results"]
    assert [event["name"] for event in found[0]["events"]] == [
        "conversation.created",
        "conversation.updated",
        "conversation.deleted",
    ]
    assert found[0]["events"][0]["filterKeys"] == ["channelId"]


def test_a_sixth_equal_subscription_is_refused_in_whatever_order_its_filters_stand(client):
    filters = [{"key": "channelId", "value": "a"}, {"key": "channelId", "value": "b"}]
    for _ in range(5):
        client.subscribe("http://127.0.0.1:1", eventFilters=filters)
    sixth = {"service": "conversations", "event": "conversation.updated", "url": "http://127.0.0.1:2"}
    refused = client.post("/webhook-subscriptions", {**sixth, "eventFilters": filters[::-1]})
    assert (refused.status, refused.json["code"]) == (409, "Conflict")
    other = client.create("/webhook-subscriptions", **sixth)
    assert client.patch(f"/webhook-subscriptions/{other['id']}", {"eventFilters": filters}).status == 409


def test_lists_come_in_pages_that_inserts_do_not_shift(client):
    made = [client.create("/conversations", name=str(number))["id"] for number in range(5)]
    first = client.get("/conversations?limit=2").json
    assert [one["id"] for one in first["results"]] == [made[4], made[3]]
    client.create("/conversations", name="inserted")
    client.delete(f"/conversations/{made[3]}")
    second = client.get(f"/conversations?limit=2&pageToken={first['nextPageToken']}").json
    assert [one["id"] for one in second["results"]] == [made[2], made[1]]
    third = client.get(f"/conversations?limit=2&pageToken={second['nextPageToken']}&name=passed-over").json
    assert [one["id"] for one in third["results"]] == [made[0]]
    assert "nextPageToken" not in third


def test_a_page_token_is_good_for_the_list_that_it_came_with(client):
    for number in range(4):
        client.create("/conversations", name=str(number), participants=[CONTACT])
        client.subscribe(f"http://127.0.0.1:{number + 1}")
    token = client.get("/conversations?limit=2&status=active").json["nextPageToken"]
    assert len(client.get(f"/conversations?limit=1&status=active&pageToken={token}").json["results"]) == 1
    someone = "/participants/phonenumber/%2B31612345678/conversations"
    for other in (
        "/conversations?",
        "/conversations?status=active&reverse=true&",
        "/webhook-subscriptions?",
        f"{someone}?",
    ):
        refused = client.get(f"{other}pageToken={token}")
        assert (refused.status, list(refused.json["details"])) == (422, [".pageToken"])
    client.prefix = f"/workspaces/{NOWHERE}"
    client.create("/conversations")
    assert client.get(f"/conversations?status=active&pageToken={token}").status == 422


def test_the_older_prefix_leads_to_the_same_lists(client):
    for number in range(3):
        client.subscribe(f"http://127.0.0.1:{number + 1}")
    token = client.get("/webhook-subscriptions?limit=2").json["nextPageToken"]
    client.prefix = "/organizations/b4e02c85-c6d2-4b15-8885-e09671799c61" + client.prefix
    assert len(client.get(f"/webhook-subscriptions?limit=2&pageToken={token}").json["results"]) == 1


def test_workspaces_are_kept_apart(mock, client):
    made = client.create("/conversations")
    client.prefix = f"/workspaces/{NOWHERE}"
    assert client.get(f"/conversations/{made['id']}").status == 404
    assert client.get("/conversations").json == {"results": []}
