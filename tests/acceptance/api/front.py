"""One address for an API and for a Realtime that is played: whoever asks for a socket gets to the one, the rest to the other."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import jwt
import psycopg
from api_secret import SECRET
from psycopg.rows import dict_row
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

REALTIME = b"GET /realtime/"


@contextmanager
def front(api: str, realtime: int) -> Iterator[str]:
    """The address; connections are told apart by how their first request begins."""
    behind = urlsplit(api)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=splice, args=(client,), daemon=True).start()

        def splice(client: socket.socket) -> None:
            with suppress(OSError), client:
                begins = client.recv(len(REALTIME), socket.MSG_PEEK | socket.MSG_WAITALL)
                to = ("127.0.0.1", realtime) if begins == REALTIME else (behind.hostname, behind.port)
                with socket.create_connection(to) as server:
                    back = threading.Thread(target=pour, args=(server, client), daemon=True)
                    back.start()
                    pour(client, server)
                    back.join()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while text := source.recv(65536):
            target.sendall(text)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def absent() -> Iterator[int]:
    """No Realtime: whoever asks for a socket is answered 404."""

    def refuse(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(404, "not found")

    with serve(lambda _: None, "127.0.0.1", 0, process_request=refuse) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join()


class Played:
    """A Realtime that tells those of rows of public.notes of whom `tells` says so.

    Args:
        connect: opens a session that sees all rows.
        tells: whether the role, "" where there is no token, is told of rows.
        trusts: whether it takes every token.
        system: what is said when a subscription is asked for.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        tells: Callable[[str], bool],
        *,
        trusts: bool = False,
        system: tuple[str, str] = ("ok", "Subscribed to PostgreSQL"),
    ) -> None:
        self._connect, self._tells, self._trusts, self._system = connect, tells, trusts, system
        self._ended = threading.Event()

    def talk(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            for text in connection:
                message = json.loads(text)
                if message["event"] == "phx_join":
                    self._joined(connection, message)

    def _joined(self, connection: ServerConnection, join: dict[str, Any]) -> None:
        topic, payload = join["topic"], join["payload"]

        def say(event: str, said: dict[str, Any], ref: str | None = None) -> None:
            connection.send(json.dumps({"topic": topic, "event": event, "payload": said, "ref": ref}))

        try:
            role = self._role(payload.get("access_token"))
        except jwt.PyJWTError:
            reason = "InvalidJWTToken: Token has expired 60 seconds ago"
            say("phx_reply", {"status": "error", "response": {"reason": reason}}, join["ref"])
            return
        say("phx_reply", {"status": "ok", "response": {"postgres_changes": []}}, join["ref"])
        if payload["config"].get("postgres_changes"):
            status, text = self._system
            say("system", {"extension": "postgres_changes", "status": status, "message": text, "channel": topic})
            if status == "ok" and self._tells(role):
                threading.Thread(target=self._tell, args=(say,), daemon=True).start()

    def _role(self, token: str | None) -> str:
        options = {"verify_signature": not self._trusts, "verify_exp": not self._trusts, "verify_aud": False}
        return jwt.decode(token, SECRET, ["HS256"], options=options)["role"] if token else ""

    def _tell(self, say: Callable[[str, dict[str, Any]], None]) -> None:
        told: set[str] = set()
        # The table goes where the deployment is taken back.
        with suppress(ConnectionClosed, psycopg.Error), self._connect() as session:
            session.row_factory = dict_row
            while not self._ended.wait(0.01):
                for row in session.execute("select * from public.notes").fetchall():
                    record = json.loads(json.dumps(row, default=str))
                    if record["id"] not in told:
                        told.add(record["id"])
                        say("postgres_changes", {"ids": [1], "data": {"type": "INSERT", "record": record}})

    @contextmanager
    def served(self) -> Iterator[int]:
        with serve(self.talk, "127.0.0.1", 0, compression=None) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield server.socket.getsockname()[1]
            finally:
                self._ended.set()
                server.shutdown()
                thread.join()
