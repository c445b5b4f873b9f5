"""What the part with the sockets and the part that follows the database know of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from haulback.gateway.auth.identity import Identity


@dataclass(frozen=True, slots=True)
class Binding:
    """One entry of `config.postgres_changes` of a join.

    Attributes:
        id: the same for the same entry, whoever gives it; a change is delivered with those of the bindings it is for.
        event: `*`, `INSERT`, `UPDATE` or `DELETE`, or whatever else a client wrote.
        schema: name, or `*`; "" where neither it nor a table was given.
        table: name; None or `*` for all.
        filter: as the client wrote it, `column=operator.value`, or None.
        select: columns, or None for all.
    """

    id: int
    event: str
    schema: str
    table: str | None
    filter: str | None
    select: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Message:
    """A row of realtime.messages that is a broadcast.

    Attributes:
        topic: without `realtime:`.
        event: of the user.
        payload: JSON text; bytes of any kind where `binary`.
        private: whether only members of the private channel get it.
        id: of the row; a member that was replayed it does not get it again.
    """

    topic: str
    event: str
    payload: bytes
    private: bool
    id: str | None = None
    binary: bool = False


class Member(Protocol):
    """One socket in one channel. Every method may be called at any time; none waits, none raises."""

    @property
    def identity(self) -> Identity:
        """Role and claims as of the newest token. Nothing is delivered after `identity.expires`."""

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """In the order of the join; never empty for a member that `Changes` is told of."""

    def changed(self, ids: Sequence[int], data: bytes) -> None:
        """Delivers a change.

        Args:
            ids: of the bindings that it is for.
            data: JSON text of the change: schema, table, type, commit_timestamp, columns, record, old_record, errors.
        """

    def system(self, status: str, message: str) -> None:
        """Says `ok` or `error` of the extension `postgres_changes`."""

    def broadcast(self, event: str, payload: bytes, meta: Mapping[str, Any] | None) -> None:
        """Delivers a broadcast.

        Args:
            event: of the user.
            payload: JSON text.
            meta: beside the payload, such as the id of the row and that it is replayed.
        """


class Hub(Protocol):
    """The channels of one worker, for what comes from the database."""

    def send_from_database(self, message: Message, *, everywhere: bool = False) -> None:
        """Delivers a row of realtime.messages to the members of its topic.

        Args:
            message: the row.
            everywhere: whether the other workers are to be told; False where each follows the database itself.
        """


class Changes(Protocol):
    """What follows the database for the members of one worker."""

    @property
    def following(self) -> bool:
        """Whether what is committed from now on will be delivered."""

    def attend(self, *, wanted: bool) -> None:
        """Takes note whether there are channels that broadcasts of the database may be for."""

    def join(self, member: Member) -> None:
        """Subscribes a member; calls `system("ok", "Subscribed to PostgreSQL")` once its changes are delivered."""

    def renew(self, member: Member) -> None:
        """Takes note that the member's identity is another one, and says `system` again."""

    def leave(self, member: Member) -> None:
        """Forgets a member, joined or not."""

    async def replay(self, topic: str, since: int, limit: int) -> Sequence[Message]:
        """The newest private broadcasts of a topic, the oldest of them first.

        Args:
            topic: without `realtime:`.
            since: milliseconds since 1970.
            limit: how many at most.

        Raises:
            psycopg.Error: they cannot be read.
        """
