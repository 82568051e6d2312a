"""The calls about conversations and about the channels on which they are."""

from __future__ import annotations

from typing import Any

from inspector.service import forms, queries, shapes
from inspector.service.call import Asked, Call, as_json
from inspector.service.conversation import Conversation
from inspector.service.workspace import Workspace
from inspector.webhook import models

CONVERSATION = "/conversations/{conversationId}"


def identified(workspace: Workspace, asked: Asked) -> str:
    """The id of the contact that a path names by what it is known by."""
    return workspace.participants.id_of(asked.path["identifierKey"], asked.path["identifierValue"])


def _list_conversations(workspace: Workspace, asked: Asked) -> Any:
    return workspace.conversations.page(asked.paging, **asked.query.conditions()).to_json(Conversation.to_json)


def _conversations_of(workspace: Workspace, asked: Asked, participant_id: str) -> Any:
    page = workspace.conversations.page(asked.paging, participant_id=participant_id)
    return page.to_json(Conversation.to_json)


CONVERSATION_CALLS = (
    Call(
        "createConversation",
        "POST",
        "/conversations",
        "Begin a conversation.",
        lambda workspace, asked: as_json(workspace.create_conversation(asked.form)),
        models.Conversation,
        201,
        form=forms.CreateConversation,
    ),
    Call(
        "listConversations",
        "GET",
        "/conversations",
        "Conversations, newest first.",
        _list_conversations,
        models.Conversation,
        query=queries.ConversationsQuery,
        is_list=True,
    ),
    Call(
        "getConversation",
        "GET",
        CONVERSATION,
        "One conversation.",
        lambda workspace, asked: workspace.conversations.find(asked.path["conversationId"]).to_json(),
        models.Conversation,
    ),
    Call(
        "updateConversation",
        "PATCH",
        CONVERSATION,
        "Change a conversation, or close it.",
        lambda workspace, asked: as_json(workspace.conversations.update(asked.path["conversationId"], asked.form)),
        models.Conversation,
        form=forms.UpdateConversation,
    ),
    Call(
        "deleteConversation",
        "DELETE",
        CONVERSATION,
        "Delete a conversation.",
        lambda workspace, asked: workspace.conversations.delete(asked.path["conversationId"]),
        status=204,
    ),
    Call(
        "listConversationsOfParticipant",
        "GET",
        "/participants/{participantId}/conversations",
        "The conversations that somebody takes part in.",
        lambda workspace, asked: _conversations_of(workspace, asked, asked.path["participantId"]),
        models.Conversation,
        query=queries.ListQuery,
        is_list=True,
    ),
    Call(
        "listConversationsOfIdentifier",
        "GET",
        "/participants/{identifierKey}/{identifierValue}/conversations",
        "The same, of a contact by what it is known by.",
        lambda workspace, asked: _conversations_of(workspace, asked, identified(workspace, asked)),
        models.Conversation,
        query=queries.ListQuery,
        is_list=True,
    ),
)

_CHANNEL = "/channels/{channelId}/conversational"
CHANNEL_CALLS = (
    Call(
        "getChannelConfiguration",
        "GET",
        _CHANNEL,
        "Whether messages on a channel make conversations.",
        lambda workspace, asked: workspace.channels.conversational(asked.path["channelId"]),
        shapes.ChannelConfiguration,
    ),
    Call(
        "updateChannelConfiguration",
        "PATCH",
        _CHANNEL,
        "Switch the conversations of a channel on or off.",
        lambda workspace, asked: workspace.channels.update(asked.path["channelId"], asked.form),
        shapes.ChannelConfiguration,
        form=forms.UpdateChannel,
    ),
)
