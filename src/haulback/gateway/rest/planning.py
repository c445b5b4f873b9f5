"""The one door to plans: what a request of a shape runs and how its row is answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from haulback.gateway.answer import Refusal
from haulback.gateway.preferences import Preferences, preferences, refuse_unknown
from haulback.gateway.rest import answers
from haulback.gateway.rest.compiled import Statement
from haulback.gateway.rest.media import Builtin, Handler, MediaType, negotiated
from haulback.gateway.rest.plan.calls import call_plan
from haulback.gateway.rest.plan.legacy import legacy_warning
from haulback.gateway.rest.plan.needs import is_default, needed_columns
from haulback.gateway.rest.plan.node import Node, Root, Rows
from haulback.gateway.rest.plan.read import read_plan
from haulback.gateway.rest.plan.tables import table
from haulback.gateway.rest.plan.writes import Insert, Write, write_plan
from haulback.gateway.rest.planned import Options, Planned, RequestShape, Row
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.query.tree import Query
from haulback.gateway.rest.ranges import Window, window
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.bodies import body_sql, explained, reads_source
from haulback.gateway.rest.sql.calls import call_sql
from haulback.gateway.rest.sql.reads import read_sql
from haulback.gateway.rest.sql.statement import Count, estimate_statement, read_statement
from haulback.gateway.rest.sql.writes import is_one_insert, write_sql
from haulback.gateway.schema.model import Name, SchemaCache, Volatility

_READS = frozenset({"GET", "HEAD"})
_CALLS = _READS | {"POST"}
_VERBS = _CALLS | {"PATCH", "PUT", "DELETE"}


def planned(shape: RequestShape, cache: SchemaCache, options: Options) -> Planned:
    """The plan of every request of this shape, whatever its values and body.

    Raises: Refusal where the request cannot be what it says, or the schema does not have what it names.
    """
    _check_verb(shape)
    asked = preferences(shape.prefer, tx_allowed=options.tx_end.endswith("-allow-override"))
    query = parsed(shape.shape, is_call=shape.is_call and shape.method in _READS)
    request = _Request(shape, cache, options, asked, query, window(shape.method, shape.range, query))
    if shape.is_call:
        return _call(request)
    return _read(request) if shape.method in _READS else _write(request)


def _check_verb(shape: RequestShape) -> None:
    if shape.is_call and shape.method not in _CALLS:
        raise Refusal(405, "PGRST101", f"Cannot use the {shape.method} method on RPC")
    if shape.method not in _VERBS:
        raise Refusal(405, "PGRST117", f"Unsupported HTTP method: {shape.method}")


@dataclass(frozen=True, slots=True)
class _Request:
    """A request with what was read of its headers and query."""

    shape: RequestShape
    cache: SchemaCache
    options: Options
    asked: Preferences
    query: Query
    rows: Window

    @property
    def name(self) -> Name:
        return Name(self.shape.schema, self.shape.name)

    @property
    def sends(self) -> bool:
        return self.shape.method != "HEAD"

    @property
    def max_affected(self) -> int | None:
        return self.asked.max_affected if self.asked.is_strict else None

    def tree(self, name: Name, root: Root) -> Node:
        return read_plan(
            self.query, name, self.cache, self.options, root=root, rows=Rows(self.rows.offset, self.rows.limit)
        )

    def handled(self, target: Name, node: Node) -> tuple[Handler, MediaType]:
        return negotiated(self.shape.accept, target, self.cache, whole_rows=is_default(node), plans=self.options.plan)

    def voice(self, media: MediaType, heeded: Preferences, *, sends: bool) -> answers.Voice:
        profile = self.shape.schema if self.shape.by_profile else None
        return answers.voice(media, heeded, profile=profile, sends=sends, minimal=self.options.minimal_errors)

    def finished(self, plan: Planned, media: MediaType) -> Planned:
        """With what holds for every kind of request."""
        plan = replace(plan, time_zone=self.asked.timezone)
        if media.explain is not None:
            plan = self._explaining(plan, media)
        if self.options.legacy_names:
            plan = self._warning(plan)
        if not plan.read_only:
            ends_by_rollback = self.options.tx_end.startswith("rollback")
            back = self.asked.tx == "rollback" or (ends_by_rollback and self.asked.tx != "commit")
            return replace(plan, rolled_back=back)
        if plan.accepts is None:
            return plan
        # Nothing was written that could be taken back, so that the transaction need not wait for the verdict.
        return replace(plan, answer=answers.Judged(plan.accepts, plan.answer), accepts=None)

    def _warning(self, plan: Planned) -> Planned:
        root = Root.TABLE if self.shape.is_call or plan.read_only else Root.WRITE
        warning = legacy_warning(self.query, self.shape.name, root)
        if warning is None:
            return plan
        told = f'299 PostgRESTv{self.options.server.version} "{warning}"'
        return replace(plan, answer=answers.Warned(told, plan.answer))

    def _explaining(self, plan: Planned, media: MediaType) -> Planned:
        return replace(
            plan,
            main=replace(plan.main, sql=explained(media.explain, plan.main.sql)),
            answer=answers.Explained(self.voice(media, Preferences(), sends=True)),
            estimate=None,
            accepts=None,
            is_explain=True,
            whole=None,
            only_inserts=False,
        )


def _read(request: _Request) -> Planned:
    options, asked = request.options, request.asked
    node = request.tree(request.name, Root.TABLE)
    handler, media = request.handled(request.name, node)
    refuse_unknown(asked)
    count = Count(asked.count) if asked.count else None
    shown = handler if request.sends else Builtin.NONE
    main = read_statement(
        node, count=count, max_rows=options.max_rows, body=body_sql(shown), with_source=reads_source(shown)
    )
    heeded = replace(asked, resolution=None, missing=None, returned=None, max_affected=None)
    counting = answers.Counting(
        planned=asked.count == "planned",
        estimated_above=(options.max_rows or 0) if asked.count == "estimated" else None,
    )
    answer = answers.Read(
        request.voice(media, heeded, sends=request.sends),
        request.rows,
        counting,
        answers.Location(request.name.name, request.shape.shape),
    )
    plan = Planned(
        main,
        answer,
        estimate=estimate_statement(node) if count in {Count.PLANNED, Count.ESTIMATED} else None,
        read_only=True,
        accepts=_verdict(media),
    )
    return request.finished(plan, media)


def _write(request: _Request) -> Planned:
    shape, asked = request.shape, request.asked
    known = table(request.cache, request.name)
    node = request.tree(request.name, Root.WRITE)
    returning = () if asked.returned in {None, "minimal"} else needed_columns(node, known.primary_key)
    write = write_plan(shape, request.query, asked, known, request.cache, returning)
    refuse_unknown(asked)
    handler, media = request.handled(request.name, node)
    represents = asked.returned == "representation"
    body = body_sql(handler if represents else Builtin.NONE, source="pgrst_shown")

    def statement(write: Write) -> Statement:
        binder = Binder()
        sql = write_sql(write, binder, rows=(lambda: read_sql(node, binder)) if represents else None, body=body)
        return Statement(sql, binder.binds)

    voice = request.voice(media, _heeded_by_writes(request, has_key=bool(known.primary_key)), sends=represents)
    plan = Planned(
        statement(write),
        _answer(request, voice, merges=isinstance(write, Insert) and asked.resolution == "merge-duplicates"),
        accepts=_verdict(media, most=request.max_affected if shape.method in {"PATCH", "DELETE"} else None)
        if shape.method != "PUT"
        else _accept_put,
        whole=statement(write.whole()) if isinstance(write, Insert) and write.by_field else None,
        only_inserts=is_one_insert(write) and not represents and known.is_logged and not request.cache.commits_vary,
    )
    return request.finished(plan, media)


def _answer(request: _Request, voice: answers.Voice, *, merges: bool) -> answers.Answerer:
    counts = request.asked.counts
    match request.shape.method:
        case "POST":
            return answers.Created(voice, request.shape.name, counts=counts, merges=merges)
        case "PATCH":
            return answers.Changed(voice, counts=counts)
        case "PUT":
            return answers.Replaced(voice)
        case _:
            return answers.Deleted(voice, counts=counts)


def _heeded_by_writes(request: _Request, *, has_key: bool) -> Preferences:
    method, asked = request.shape.method, request.asked
    resolves = method == "POST" and (has_key or request.query.on_conflict is not None)
    return replace(
        asked,
        resolution=asked.resolution if resolves else None,
        missing=asked.missing if method in {"POST", "PATCH"} else None,
        max_affected=asked.max_affected if method in {"PATCH", "DELETE"} else None,
    )


def _call(request: _Request) -> Planned:
    asked, options = request.asked, request.options
    call = call_plan(request.shape, request.query, request.cache)
    node = request.tree(call.target, Root.CALL)
    handler, media = request.handled(call.target, node)
    refuse_unknown(asked)
    returns = call.routine.returns
    if request.max_affected is not None and not returns.is_set:
        raise Refusal(
            400,
            "PGRST128",
            "Function must return SETOF or TABLE when max-affected preference is used with handling=strict",
        )
    shown = handler if request.sends else Builtin.NONE
    binder = Binder()
    body = body_sql(shown, returns, source="pgrst_shown")
    sql = call_sql(call, node, binder, counts=asked.counts, max_rows=options.max_rows, body=body)
    heeded = replace(asked, resolution=None, missing=None, returned=None)
    plan = Planned(
        Statement(sql, binder.binds),
        answers.Called(request.voice(media, heeded, sends=request.sends), request.rows, void=returns.is_void),
        read_only=request.shape.method in _READS or call.routine.volatility is not Volatility.VOLATILE,
        settings=call.routine.settings,
        isolation=call.routine.isolation,
        accepts=_verdict(media, most=request.max_affected),
        is_call=True,
    )
    return request.finished(plan, media)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Which rows are not committed: other than one where one object is asked for, and more than the client allows."""

    singular: bool
    most: int | None

    def __call__(self, row: Row) -> None:
        if self.singular and row.count != 1:
            raise Refusal(
                406,
                "PGRST116",
                "Cannot coerce the result to a single JSON object",
                details=f"The result contains {row.count} rows",
            )
        if self.most is not None and row.count > self.most:
            raise Refusal(
                400,
                "PGRST124",
                "Query result exceeds max-affected preference constraint",
                details=f"The query affects {row.count} rows",
            )


def _verdict(media: MediaType, most: int | None = None) -> _Verdict | None:
    return _Verdict(media.is_singular, most) if media.is_singular or most is not None else None


def _accept_put(row: Row) -> None:
    if row.count != 1:
        raise Refusal(400, "PGRST115", "Payload values do not match URL in primary key column(s)")
