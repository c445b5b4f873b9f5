"""`/realtime/v1`: sockets, and broadcasts by plain requests."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec
import psycopg

from haulback.gateway.answer import Answer
from haulback.gateway.auth.identity import Identity
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.http.connection import Tended
from haulback.gateway.http.request import Request
from haulback.gateway.http.upgrade import asks, granted
from haulback.gateway.http.websocket import SocketLimits, WebSocket
from haulback.gateway.realtime import broadcasting
from haulback.gateway.realtime.authorization import Authorization, Policies, Unauthorized
from haulback.gateway.realtime.broadcasting import Refused
from haulback.gateway.realtime.credentials import PUBLISHABLE, Credentials
from haulback.gateway.realtime.joining import Replay
from haulback.gateway.realtime.members import Changes, Message
from haulback.gateway.realtime.rates import Rate
from haulback.gateway.realtime.rejected import Rejected
from haulback.gateway.realtime.serializers import Serializer, of_version
from haulback.gateway.realtime.session import Session
from haulback.gateway.realtime.together import MISSED
from haulback.gateway.realtime.topics import Outward, Topics
from haulback.gateway.realtime.unfollowed import Unfollowed
from haulback.gateway.site import Respond
from haulback.model.realtime import RealtimeSettings

MOUNT = "/realtime/v1"
_MOST_PAIRS = 64  # of a query
_READY_WITHIN, _LOOK_EVERY = 5.0, 0.02  # seconds
_WEBSOCKET = "/websocket"
_KEYS = ("x-api-key", "apikey")


class Realtime:
    """Realtime of one worker.

    Args:
        settings: its limits.
        lanes: to the database.
        tokens: that tell who asks.
        open_: what the worker sweeps and shuts.
        outward: tells the other workers.
        worker: a name that no other worker has.
        clock: seconds since 1970.
        tell: takes lines for the log.
    """

    def __init__(
        self,
        settings: RealtimeSettings,
        lanes: Lanes,
        tokens: Tokens,
        open_: set[Tended],
        outward: Outward,
        worker: str,
        clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.steady = asyncio.get_running_loop().time
        self.credentials = Credentials(tokens, clock)
        self.authorization = Authorization(lanes, self.steady)
        self.topics = Topics(outward, self._attended, clock)
        self.changes: Changes = Unfollowed("Changes of tables are not followed here")
        self.joins = Rate(settings.joins)
        self.messages = Rate(settings.messages)
        self.presence_messages = Rate(settings.presence_messages)
        self._limits = SocketLimits(unread=settings.unread, quiet=settings.quiet)
        self._open = open_
        self.origins: tuple[str, ...] = ()
        self._tell = tell
        self._sessions: set[Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker = worker
        self._numbers = itertools.count()

    def follow(self, changes: Changes) -> None:
        """Takes what follows the database; called once, before anybody is served."""
        self.changes = changes

    def handle(self, request: Request, path: str, respond: Respond) -> None:
        """Answers one request."""
        if path == _WEBSOCKET:
            respond(self._socket(request))
        elif path == broadcasting.BATCH or path.startswith(f"{broadcasting.BATCH}/"):
            self.start(self._post(request, path, respond))
        else:
            respond(_told(404, "message", "not found"))

    def missed(self) -> None:
        """Says to every member that broadcasts of other workers may not have come."""
        for session in tuple(self._sessions):
            session.tell("error", MISSED)

    async def close(self) -> None:
        """Lets what is under way end."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # the handshake

    def _socket(self, request: Request) -> Answer:
        if not asks(request):
            return Answer(426, (("Upgrade", "websocket"),))
        try:
            serializer, token = self._admitted(request)
        except Rejected as rejected:
            return _told(_STATUS.get(rejected.code, 401), "error", rejected.message)

        def then(transport: asyncio.Transport) -> asyncio.Protocol:
            socket = WebSocket(transport, self._limits, self._open, self.steady)
            session = Session(self, socket, serializer, token, _headers(request))
            self._sessions.add(session)
            socket.begin(session)
            return socket

        return granted(request, then)

    def _admitted(self, request: Request) -> tuple[Serializer, str]:
        """The serializer and the token that a socket is opened with.

        Raises:
            Rejected: it is not opened.
        """
        origin = request.headers.get("origin")
        if self.origins and origin and origin not in self.origins:
            raise Rejected("Origin", "This origin may not connect")
        asked = parse_qs(request.query) if request.query.count("&") < _MOST_PAIRS else {}
        serializer = of_version(_first(asked, "vsn"))
        if serializer is None:
            raise Rejected("Version", "The requested version of the protocol is not supported")
        token = next((key for name in _KEYS if (key := request.headers.get(name))), "") or _first(asked, "apikey")
        if not token:
            raise Rejected("MissingAPIKey", "API key is missing")
        self.credentials.verified(token)
        if len(self._sessions) >= self.settings.connections:
            raise Rejected("ConnectionRateLimitReached", "Too many connected users")
        return serializer, token

    # plain requests

    async def _post(self, request: Request, path: str, respond: Respond) -> None:
        try:
            await self._posted(request, path)
            respond(Answer(202))
        except Refused as refused:
            respond(_answer(refused.status, refused.document))
        except Exception:
            respond(_told(500, "message", "internal error of the gateway"))
            raise

    async def _posted(self, request: Request, path: str) -> None:
        """Sends what a request brings.

        Raises:
            Refused: it does not.
        """
        identity = self._asker(request)
        if path == broadcasting.BATCH:
            if request.method != "POST":
                raise Refused(404, {"message": "not found"})
            posted = broadcasting.batch(request, self.settings.payload, self.settings.messages)
        else:
            posted = [broadcasting.single(request, path, self.settings.payload)]
        if not self.messages.take(self.steady(), len(posted)):
            raise Refused(429, {"message": "You have exceeded your rate limit"})
        headers = _headers(request)
        for name in sorted({one.name for one in posted if one.name[1]}):
            if not await self._may_write(identity, name[0], headers, alone=path != broadcasting.BATCH):
                posted = [one for one in posted if one.name != name]
        for one in posted:
            self.topics.broadcast(one.name, one.sent)

    def _asker(self, request: Request) -> Identity:
        kind, _, token = request.headers.get("authorization").partition(" ")
        if kind.lower() != "bearer" or not token or token.startswith(PUBLISHABLE):
            token = request.headers.get("apikey")
        try:
            return self.credentials.verified(token)
        except Rejected as rejected:
            raise Refused(401, {"message": "Unauthorized"}) from rejected

    async def _may_write(self, identity: Identity, topic: str, headers: bytes, *, alone: bool) -> bool:
        """Whether policies let a message through; one that comes alone is refused aloud."""
        policies = Policies()
        try:
            await self.authorization.write(policies, identity, topic, headers, presence=False)
        except Unauthorized as refused:
            self.tell_of(refused)
            if alone:
                message = "RLS policy error" if refused.by_policy else refused.message
                raise Refused(422, {"message": message}) from refused
            return False
        if alone and not policies.speaks:
            raise Refused(403, {"message": "Unauthorized"})
        return policies.speaks is True

    # for sessions and their channels

    def left(self, session: Session) -> None:
        self._sessions.discard(session)

    def holder(self) -> str:
        """A name for a member that no other has, here or elsewhere."""
        return f"{self._worker}.{next(self._numbers)}"

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._tell(f"{MOUNT}: {bug!r}")

    def tell_of(self, refused: Unauthorized) -> None:
        """Why a policy could not be asked, where the client is not told."""
        self._tell(f"{MOUNT}: {refused}")

    def _attended(self, wanted: bool) -> None:  # noqa: FBT001 - a plain function
        self.changes.attend(wanted=wanted)

    async def followed(self) -> bool:
        """Waits until the database is followed; whether it is, in time."""
        until = self.steady() + _READY_WITHIN
        while not self.changes.following and self.steady() < until:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(_LOOK_EVERY)
        return self.changes.following

    async def replay(self, topic: str, replay: Replay) -> Sequence[Message]:
        """What a member that joins is to have again.

        Raises:
            Rejected: it cannot be had.
        """
        self.changes.attend(wanted=True)
        await self.followed()
        try:
            return await self.changes.replay(topic, replay.since, replay.limit)
        except psycopg.Error as trouble:
            self._tell(f"{MOUNT}: {trouble}")
            message = "Realtime was unable to replay messages"
            raise Rejected("UnableToReplayMessages", message) from trouble


_STATUS = {"Origin": 403, "Version": 403, "ConnectionRateLimitReached": 429}


def _first(asked: dict[str, list[str]], name: str) -> str:
    return asked.get(name, [""])[0]


def _headers(request: Request) -> bytes:
    """What policies may know of the request: Supabase's server gives them the headers that begin with x-."""
    names = (name for name in request.headers.names() if name.startswith("x-") and name != "x-api-key")
    return msgspec.json.encode({name: request.headers.get(name) for name in names})


def _told(status: int, name: str, message: str) -> Answer:
    return _answer(status, {name: message})


def _answer(status: int, document: Any) -> Answer:
    return Answer(status, (("Content-Type", "application/json; charset=utf-8"),), msgspec.json.encode(document))
