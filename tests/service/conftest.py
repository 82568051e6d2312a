"""What the tests of the mock service share: a running one, and a plain client. Its webhooks go to `inspector`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.app import create_app
from inspector.server import InspectorServer
from inspector.service.settings import ServiceSettings
from inspector.service.state import ConversationsService
from inspector.settings import Settings

WORKSPACE = "a1405560-c8d3-4b1a-877d-3f449ad95352"
START = 1_732_736_033.504


@dataclass
class Answer:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """An app's plain HTTP client: `post("/conversations", {...})` within one workspace."""

    def __init__(self, url: str, prefix: str = f"/workspaces/{WORKSPACE}") -> None:
        self.url, self.prefix = url, prefix
        self.headers = {"Authorization": "AccessKey abcd", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> Answer:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        body = content if isinstance(content, bytes | None) else json.dumps(content)
        connection.request(method, self.prefix + path, body, {**self.headers, **headers})
        response = connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return answer

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, content: Any) -> Answer:
        return self.ask("POST", path, content)

    def patch(self, path: str, content: Any) -> Answer:
        return self.ask("PATCH", path, content)

    def delete(self, path: str) -> Answer:
        return self.ask("DELETE", path)

    def create(self, path: str, **content: Any) -> Any:
        """POST what must succeed; the object that was made."""
        answer = self.post(path, content)
        assert answer.status == 201, answer.body
        return answer.json

    def subscribe(self, url: str, event: str = "conversation.updated", **content: Any) -> Any:
        return self.create("/webhook-subscriptions", service="conversations", event=event, url=url, **content)


@dataclass
class Mock:
    """A running mock service."""

    url: str
    service: ConversationsService
    client: Client

    def own(self, method: str, path: str, content: Any = None) -> Answer:
        """A call of our own API."""
        return Client(self.url, "/-/api/service").ask(method, path, content)


@pytest.fixture
def start() -> Iterator[Callable[..., Mock]]:
    """Start mock services: `start(access_key="k")`; virtual time and a seed, unless told otherwise."""
    with ExitStack() as stack:

        def run(**settings: Any) -> Mock:
            given = {"seed": 7, "start": START, "clock": "virtual", "workspace_id": WORKSPACE, **settings}
            app = create_app(Settings(port=0), ServiceSettings(**given))
            server = stack.enter_context(InspectorServer(app.settings, app))
            return Mock(server.url, app.mock.service, Client(server.url))

        yield run


@pytest.fixture
def mock(start: Callable[..., Mock]) -> Mock:
    """A mock service with default settings, seed 7 and virtual time."""
    return start()


@pytest.fixture
def client(mock: Mock) -> Client:
    """A client of that service."""
    return mock.client
