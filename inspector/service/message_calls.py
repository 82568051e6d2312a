"""The calls about the messages and the participants of a conversation."""

from __future__ import annotations

from typing import Any

from inspector.service import forms, queries, shapes
from inspector.service.call import Asked, Call
from inspector.service.conversation_calls import CONVERSATION, identified
from inspector.service.workspace import Workspace
from inspector.webhook import models


def _list_messages(workspace: Workspace, asked: Asked) -> Any:
    page = workspace.messages.page(asked.path["conversationId"], asked.paging, reverse=asked.query.reverse)
    return page.to_json(dict)


def _update_message(workspace: Workspace, asked: Asked) -> Any:
    return workspace.messages.update(asked.path["conversationId"], asked.path["messageId"], asked.form)


_MESSAGE = f"{CONVERSATION}/messages/{{messageId}}"
MESSAGE_CALLS = (
    Call(
        "createMessage",
        "POST",
        f"{CONVERSATION}/messages",
        "Write into a conversation.",
        lambda workspace, asked: workspace.messages.create(asked.path["conversationId"], asked.form),
        shapes.Message,
        201,
        form=forms.CreateMessage,
        may_conflict=True,
    ),
    Call(
        "listMessages",
        "GET",
        f"{CONVERSATION}/messages",
        "The messages of a conversation, newest first.",
        _list_messages,
        shapes.Message,
        query=queries.MessagesQuery,
        is_list=True,
    ),
    Call(
        "getMessage",
        "GET",
        _MESSAGE,
        "One message.",
        lambda workspace, asked: workspace.messages.find(asked.path["conversationId"], asked.path["messageId"]),
        shapes.Message,
    ),
    Call(
        "updateMessage",
        "PATCH",
        _MESSAGE,
        "Change a draft, or send it.",
        _update_message,
        shapes.Message,
        form=forms.UpdateMessage,
        may_conflict=True,
    ),
    Call(
        "deleteMessage",
        "DELETE",
        _MESSAGE,
        "Take a message out.",
        lambda workspace, asked: workspace.messages.delete(asked.path["conversationId"], asked.path["messageId"]),
        status=204,
    ),
)


def _participant_id(workspace: Workspace, asked: Asked) -> str:
    return asked.path.get("participantId") or identified(workspace, asked)


def _get_participant(workspace: Workspace, asked: Asked) -> Any:
    return workspace.participants.find(asked.path["conversationId"], _participant_id(workspace, asked))


def _update_participant(workspace: Workspace, asked: Asked) -> Any:
    id = _participant_id(workspace, asked)
    return workspace.participants.update(asked.path["conversationId"], id, asked.form)


def _list_participants(workspace: Workspace, asked: Asked) -> Any:
    return workspace.participants.page(asked.path["conversationId"], asked.paging).to_json(dict)


_PARTICIPANT = f"{CONVERSATION}/participants/{{participantId}}"
_IDENTIFIED = f"{CONVERSATION}/participants/{{identifierKey}}/{{identifierValue}}"
PARTICIPANT_CALLS = (
    Call(
        "addParticipant",
        "POST",
        f"{CONVERSATION}/participants",
        "Add somebody to a conversation.",
        lambda workspace, asked: workspace.participants.add(asked.path["conversationId"], asked.form),
        models.Participant,
        201,
        form=forms.ParticipantReference,
        may_conflict=True,
    ),
    Call(
        "listParticipants",
        "GET",
        f"{CONVERSATION}/participants",
        "Who takes part, in the order of joining.",
        _list_participants,
        models.Participant,
        query=queries.ListQuery,
        is_list=True,
    ),
    *(
        Call(f"getParticipant{by}", "GET", path, "One participant.", _get_participant, models.Participant)
        for by, path in (("", _PARTICIPANT), ("ByIdentifier", _IDENTIFIED))
    ),
    *(
        Call(
            f"updateParticipant{by}",
            "PATCH",
            path,
            "Change a participant.",
            _update_participant,
            models.Participant,
            form=forms.UpdateParticipant,
        )
        for by, path in (("", _PARTICIPANT), ("ByIdentifier", _IDENTIFIED))
    ),
    Call(
        "removeParticipant",
        "DELETE",
        _PARTICIPANT,
        "Take somebody out of a conversation.",
        lambda workspace, asked: workspace.participants.remove(
            asked.path["conversationId"], asked.path["participantId"]
        ),
        status=204,
    ),
)
