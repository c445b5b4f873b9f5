"""Reads the cases of PostgREST's own specs: what is asked, and what must be answered.

Only the plain form is read, `get "/path" `shouldRespondWith` …` and its like; a case with anything computed in it
counts as not read. It is a reader for that one test suite, not of Haskell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|\{-.*?-\})
    |(?P<quoted>\[(?P<kind>json|str|jsonb|trimming)\|(?P<text>.*?)\|\])
    |(?P<string>"(?:\\.|[^"\\])*")
    |(?P<number>-?\d+)
    |(?P<word>[A-Za-z_][\w'.]*)
    |(?P<sign>`\w+`|<:>|<>|::|[-=<>$.&+|]+|[\[\](){},;\\@])""",
    re.VERBOSE | re.DOTALL,
)
_VERBS = {"get": "GET", "post": "POST", "patch": "PATCH", "put": "PUT", "delete": "DELETE", "options": "OPTIONS"}
_METHODS = {f"method{name.title()}": name for name in ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")}
_NAMES = {
    "hContentType": "Content-Type", "hAccept": "Accept", "hLocation": "Location", "hRange": "Range",
    "hContentLength": "Content-Length", "hAuthorization": "Authorization", "hContentRange": "Content-Range",
    "hCookie": "Cookie", "hAllow": "Allow", "hOrigin": "Origin", "hContentEncoding": "Content-Encoding",
}  # fmt: skip
_TYPES = {
    "matchContentTypeJson": "application/json; charset=utf-8",
    "matchContentTypeSingular": "application/vnd.pgrst.object+json; charset=utf-8",
    "matchCTArrayStrip": "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
    "matchCTSingularStrip": "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8",
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\", "'": "'", "&": ""}
_CONFIGURED = re.compile(r"withConfig \(?baseCfg(?: \{([^}]*)\})?")
_JWT_KEY = b"reallyreallyreallyreallyverysafe"


class Unread(Exception):
    """A case with something in it that is not read."""


@dataclass
class Case:
    """One request and what must come back; a header value of None must be absent.

    `told` is what the server is configured with around it, as the suite writes it.
    """

    file: str
    section: str
    title: str
    line: int
    method: str
    path: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    status: int = 200
    wanted_headers: list[tuple[str, str | None]] = field(default_factory=list)
    wanted_json: Any = None
    wanted_text: str | None = None
    has_json: bool = False
    told: str = ""


@dataclass
class Token:
    kind: str
    text: str
    at: int


class _Reader:
    def __init__(self, tokens: list[Token], source: str) -> None:
        self.tokens, self.source, self.place = tokens, source, 0
        self.known: dict[str, Any] = {}

    def peek(self, ahead: int = 0) -> Token:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end", "", len(self.source))

    def take(self, text: str | None = None) -> Token:
        token = self.peek()
        if text is not None and token.text != text:
            raise Unread(f"{token.text!r} where {text!r} was awaited")
        self.place += 1
        return token

    def text(self) -> str:
        """A string, several joined by <>, a token made by generateJWT."""
        made = self._atom_text()
        while self.peek().text == "<>":
            self.take()
            made += self._atom_text()
        return made

    def _atom_text(self) -> str:
        token = self.take()
        if token.kind in {"string", "quoted"}:
            return _unescaped(token.text) if token.kind == "string" else _json_text(token.text)
        if token.text in {"generateJWT", "generateJWTWithSecret"}:
            return self._token(with_secret=token.text.endswith("Secret"))
        if token.text == "$":
            return self.text()
        if token.text == "(":
            made = self.text()
            self.take(")")
            return made
        found = _NAMES.get(token.text) or self.known.get(token.text)
        if isinstance(found, str):
            return found
        raise Unread(token.text)

    def _token(self, *, with_secret: bool) -> str:
        claims = self._atom_text()
        json.loads(claims)  # some are computed
        secret = self._atom_text().encode() if with_secret else _JWT_KEY
        return jwt.api_jws.encode(claims.encode(), secret, algorithm="HS256", headers={"typ": "JWT"})

    def headers(self) -> list[tuple[str, str]]:
        token = self.peek()
        if token.text == "(":
            self.take()
            found = self.headers()
            self.take(")")
            return found
        if token.text == "acceptHdrs":
            self.take()
            return [("Accept", self._atom_text())]
        if token.text in {"rangeHdrs", "rangeHdrsWithCount"}:
            self.take()
            counted = [("Prefer", "count=exact")] if token.text.endswith("Count") else []
            self.take("(")
            which = self.take().text
            first = int(self.take().text)
            last = self.take().text if which == "ByteRangeFromTo" else ""
            self.take(")")
            return [*counted, ("Range-Unit", "items"), ("Range", f"{first}-{last}")]
        if token.text == "mempty":
            self.take()
            return []
        if token.kind == "word" and isinstance(self.known.get(token.text), list):
            self.take()
            return list(self.known[token.text])
        self.take("[")
        found: list[tuple[str, str]] = []
        while self.peek().text != "]":
            found.append(self.header())
            if self.peek().text == ",":
                self.take()
        self.take("]")
        return found

    def header(self) -> tuple[str, str]:
        token = self.take()
        if token.text == "authHeaderJWT":
            return "Authorization", f"Bearer {self._atom_text()}"
        if token.text == "authHeader":
            kind = self._atom_text()
            return "Authorization", f"{kind} {self._atom_text()}"
        if token.text == "planHdr":
            return "Accept", "application/vnd.pgrst.plan+json"
        if token.text == "rangeUnit":
            return "Range-Unit", "items"
        if isinstance(self.known.get(token.text), tuple):
            return self.known[token.text]  # type: ignore[no-any-return]
        if token.text != "(":
            raise Unread(token.text)
        name = self.text()
        self.take(",")
        value = self.text()
        self.take(")")
        return name, value

    def request(self) -> tuple[str, str, list[tuple[str, str]], str]:
        verb = self.take().text
        if verb == "request":
            method = _METHODS.get(self.peek().text)
            if method is None:
                raise Unread(self.peek().text)
            self.take()
            path, headers = self._atom_text(), self.headers()
            return method, path, headers, self._body()
        path = self._atom_text()
        if verb in {"post", "patch", "put"}:
            return _VERBS[verb], path, [], self._body()
        return _VERBS[verb], path, [], ""

    def _body(self) -> str:
        token = self.peek()
        if token.text == "mempty":
            self.take()
            return ""
        if token.text == "(":
            self.take()
            text = self._body()
            self.take(")")
            return text
        return self._atom_text()

    def expectation(self, case: Case) -> None:
        token = self.peek()
        if token.kind == "number":
            self.take()
            case.status = int(token.text)
        elif token.kind == "quoted":
            self.take()
            if token.text.strip():
                case.wanted_json, case.has_json = json.loads(_json_text(token.text)), True
        elif token.kind == "string":
            self.take()
            case.wanted_text = _unescaped(token.text)
        elif token.text == "ResponseMatcher":
            raise Unread(token.text)
        else:
            raise Unread(token.text)
        if self.peek().text == "{":
            self._record(case)

    def _record(self, case: Case) -> None:
        self.take("{")
        while self.peek().text != "}":
            name = self.take().text
            self.take("=")
            if name == "matchStatus":
                case.status = int(self.take().text)
            elif name == "matchHeaders":
                self._wanted_headers(case)
            else:
                raise Unread(name)
            if self.peek().text == ",":
                self.take()
        self.take("}")

    def _wanted_headers(self, case: Case) -> None:
        self.take("[")
        while self.peek().text != "]":
            token = self.peek()
            if token.text in _TYPES:
                self.take()
                case.wanted_headers.append(("Content-Type", _TYPES[token.text]))
            elif token.text == "matchHeaderAbsent":
                self.take()
                case.wanted_headers.append((self._atom_text(), None))
            else:
                name = self._atom_text()
                self.take("<:>")
                case.wanted_headers.append((name, self.text()))
            if self.peek().text == ",":
                self.take()
        self.take("]")


def _json_text(text: str) -> str:
    """aeson-qq lets keys go without quotes."""
    try:
        json.loads(text)
    except ValueError:
        return re.sub(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)", r'\1"\2"\3', text)
    return text


def _unescaped(text: str) -> str:
    inner = re.sub(r"\\\s+\\", "", text[1:-1])  # a string that goes on in the next line
    if re.search(r"\\(?:x[0-9a-f]|o|SOH|\d{2,})", inner):
        inner = re.sub(r"\\(\d{2,})", lambda found: chr(int(found[1])), inner)
    # Strings of requests are bytes: the suite writes UTF-8 as it is, and so do we.
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), inner)


def _tokens(source: str) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            place += 1
            continue
        place = match.end()
        if match["quoted"]:
            found.append(Token("quoted", match["text"], match.start()))
        elif not match["space"]:
            kind = next(name for name in ("string", "number", "word", "sign") if match[name])
            found.append(Token(kind, match[kind], match.start()))
    return found


def cases(file: Path) -> Iterator[Case | Unread]:
    """Each `shouldRespondWith` of a file: as a case, or as the reason why it was not read."""
    source = file.read_text(encoding="utf-8")
    reader = _Reader(_tokens(source), source)
    title = section = told = ""
    begin: int | None = None
    while reader.peek().kind != "end":
        token = reader.peek()
        if token.text == "it" and reader.peek(1).kind == "string":
            reader.take()
            title, begin = _unescaped(reader.take().text), None
        elif token.kind == "word" and reader.peek(1).text == "::" and _begins_line(source, token.at):
            section = reader.take().text
        elif token.text == "withConfig" and (found := _CONFIGURED.match(source, token.at)):
            told = found[1] or ""
            reader.take()
        elif token.text == "let" and reader.peek(2).text == "=":
            _remember(reader)
        elif token.text in {*_VERBS, "request"} and reader.peek(1).kind in {"string", "word", "sign"}:
            begin = reader.place
            reader.take()
        elif token.text == "`shouldRespondWith`":
            place = reader.place
            try:
                case = _case(reader, begin, file, (section, title), source)
                case.told = told
                yield case
            except (Unread, ValueError) as reason:
                reader.place = place + 1
                yield Unread(f"{file.name}:{source.count(chr(10), 0, token.at) + 1}: {reason}")
            begin = None
        else:
            reader.take()


def _case(reader: _Reader, begin: int | None, file: Path, names: tuple[str, str], source: str) -> Case:
    if begin is None:
        raise Unread("a request that was made before")
    reader.place = begin
    line = source.count("\n", 0, reader.peek().at) + 1
    method, path, headers, body = reader.request()
    reader.take("`shouldRespondWith`")
    case = Case(file.name, *names, line, method, path, headers, body)
    reader.expectation(case)
    return case


def _begins_line(source: str, at: int) -> bool:
    return at == 0 or source[at - 1] == "\n"


def _remember(reader: _Reader) -> None:
    """The bindings of a `let`; what is not read is forgotten, so that no older value stands for it."""
    reader.take()
    while reader.peek().kind == "word" and reader.peek(1).text == "=":
        name = reader.take().text
        reader.take("=")
        reader.known.pop(name, None)
        place = reader.place
        for read in (reader.header, reader.headers, reader.text):
            reader.place = place
            try:
                reader.known[name] = read()
            except (Unread, ValueError):
                continue
            break
        else:
            reader.place = place
            return
