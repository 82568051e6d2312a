"""One kind of call to the API: a row of the table from which routes, validation and OpenAPI are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspector.service.environment import Change
from inspector.service.register import Paging

if TYPE_CHECKING:
    from pydantic import BaseModel

    from inspector.service.forms import Form
    from inspector.service.queries import Query
    from inspector.service.workspace import Workspace

WORKSPACE = "/workspaces/{workspaceId}"
ORGANIZATION = "/organizations/{organizationId}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, read and validated: which operation it is, the parts of its path, its body and its query."""

    operation: str
    path: dict[str, str]
    form: Any = None
    query: Any = None

    @property
    def paging(self) -> Paging:
        """Which page of the list that path and conditions name; those of the older prefix are the same lists."""
        place = {name: part for name, part in self.path.items() if name != "organizationId"}
        scope = [self.operation, *place.values(), self.query.conditions()]
        return Paging(self.query.limit, self.query.page_token, f"{scope}")


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of call. `work` reads JSON from a workspace, or returns the Change that it makes there.

    `answer` describes what is answered, with `is_list` page by page; None is no body. `may_conflict` says that 409 is
    among the answers.
    """

    id: str
    method: str
    path: str
    summary: str
    work: Callable[[Workspace, Asked], Any]
    answer: type[BaseModel] | None = None
    status: int = 200
    form: type[Form] | None = None
    query: type[Query] | None = None
    is_list: bool = False
    may_conflict: bool = False
    prefixes: Sequence[str] = field(default=(WORKSPACE,))

    @property
    def paths(self) -> list[str]:
        """The whole paths at which it answers."""
        return [prefix + self.path for prefix in self.prefixes]


def as_json(change: Change[Any]) -> Change[Any]:
    """The same change, with its result as JSON."""
    return Change(change.result.to_json(), change.events, change.later)
