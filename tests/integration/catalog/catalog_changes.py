"""One-statement migrations on the broad schema: each must be seen, and each must be taken back.

The name before the colon says what is changed. Those of the cluster and the database are not in a dump of the
schema; those in the last list no statement takes back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    id: str
    sql: str
    only: int | None = None
    impossible: bool = False
    in_dump: bool = True


def _parse(text: str, only: int | None = None, *, impossible: bool = False, in_dump: bool = True) -> list[Change]:
    changes = []
    for line in text.strip().splitlines():
        name, _, sql = line.partition(": ")
        changes.append(Change(name.strip(), sql.strip(), only, impossible, in_dump))
    return changes


_ANY = r"""
schema create: CREATE SCHEMA more
schema drop: DROP SCHEMA "Odd Schema"
schema owner: ALTER SCHEMA "Odd Schema" OWNER TO postgres
schema comment: COMMENT ON SCHEMA app IS 'other'
schema comment gone: COMMENT ON SCHEMA app IS NULL
schema grant: GRANT USAGE ON SCHEMA "Odd Schema" TO anon
schema revoke: REVOKE USAGE ON SCHEMA app FROM anon
extension create: CREATE EXTENSION hstore WITH SCHEMA app
extension schema: ALTER EXTENSION citext SET SCHEMA public
enum add value: ALTER TYPE app.mood ADD VALUE 'great'
enum add value between: ALTER TYPE app.mood ADD VALUE 'fair' BEFORE 'ok'
enum rename value: ALTER TYPE app.mood RENAME VALUE 'sad' TO 'blue'
enum comment: COMMENT ON TYPE app.mood IS NULL
enum owner: ALTER TYPE app.mood OWNER TO service_role
enum create: CREATE TYPE app.colour AS ENUM ('red')
composite add attribute: ALTER TYPE app.pair ADD ATTRIBUTE d date
composite comment: COMMENT ON COLUMN app.pair.a IS 'one'
composite create: CREATE TYPE app.triple AS (a integer, b integer, c text)
range create: CREATE TYPE app.dates AS RANGE (subtype = date)
domain default: ALTER DOMAIN app.age DROP DEFAULT
domain not null: ALTER DOMAIN app.age DROP NOT NULL
domain check add: ALTER DOMAIN app.age ADD CONSTRAINT odd CHECK (VALUE % 2 = 1) NOT VALID
domain check drop: ALTER DOMAIN app.age DROP CONSTRAINT adult
domain check on a list: ALTER DOMAIN app.code DROP CONSTRAINT known
domain drop: DROP DOMAIN app.code
domain create: CREATE DOMAIN app.word AS text CHECK (VALUE <> '')
domain grant: GRANT USAGE ON TYPE app.code TO authenticated
sequence create: CREATE SEQUENCE app.another
sequence drop: DROP SEQUENCE app.free
sequence increment: ALTER SEQUENCE app.free INCREMENT 10
sequence cycle: ALTER SEQUENCE app.free NO CYCLE
sequence type: ALTER SEQUENCE app.free AS integer
sequence owned: ALTER SEQUENCE app.free OWNED BY app.pets.parent
sequence not owned: ALTER SEQUENCE app.pets_id_seq OWNED BY NONE
sequence grant: GRANT USAGE ON SEQUENCE app.free TO anon
sequence comment: COMMENT ON SEQUENCE app.free IS 'x'
sequence owner: ALTER SEQUENCE app.free OWNER TO service_role
table create: CREATE TABLE app.fresh (id serial PRIMARY KEY, m app.mood DEFAULT 'ok', p bigint REFERENCES app.people)
table create and more: CREATE TYPE app.hue AS ENUM ('r'); CREATE TABLE app.hues (h app.hue, d app.hue DEFAULT 'r')
table with trigger: CREATE TABLE app.timed (updated date); CREATE TRIGGER t BEFORE UPDATE ON app.timed FOR EACH ROW EXECUTE FUNCTION app.touch()
table in new schema: CREATE SCHEMA fresh; CREATE TABLE fresh.t (a integer); CREATE VIEW fresh.v AS SELECT * FROM fresh.t
table drop: DROP TABLE app.pets CASCADE
table drop with dependants: DROP TABLE app.people CASCADE
table drop partition: DROP TABLE app.events_old CASCADE
table drop default partition: DROP TABLE app.events_rest CASCADE
table drop partitioned: DROP TABLE app.events CASCADE
table drop parent: DROP TABLE app.animal CASCADE
table owner: ALTER TABLE app.people OWNER TO service_role
table comment: COMMENT ON TABLE app.people IS NULL
table grant: GRANT DELETE ON app.people TO anon
table grant in order: REVOKE SELECT, INSERT ON app.people FROM authenticated; GRANT SELECT ON app.people TO authenticated
table revoke: REVOKE ALL ON app.people FROM authenticated CASCADE
table grant option: REVOKE GRANT OPTION FOR SELECT ON app.people FROM authenticated
table rls off: ALTER TABLE app.people DISABLE ROW LEVEL SECURITY
table rls on: ALTER TABLE app.pets ENABLE ROW LEVEL SECURITY
table rls forced: ALTER TABLE app.people FORCE ROW LEVEL SECURITY
table option: ALTER TABLE app.people SET (fillfactor = 60)
table option gone: ALTER TABLE app.people RESET (fillfactor)
table toast option: ALTER TABLE app.people SET (toast.autovacuum_enabled = on)
table logged: ALTER TABLE app.volatile SET LOGGED
table unlogged: ALTER TABLE app.animal SET UNLOGGED
table replica identity: ALTER TABLE app.pets REPLICA IDENTITY NOTHING
table replica identity from index: ALTER TABLE app.volatile REPLICA IDENTITY DEFAULT
table replica identity to index: ALTER TABLE app.pets REPLICA IDENTITY USING INDEX pets_pkey
table detach: ALTER TABLE app.events DETACH PARTITION app.events_new
table attach: CREATE TABLE app.e23 PARTITION OF app.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')
table inherit: CREATE TABLE app.dog (id integer, name text NOT NULL CHECK (name <> '')); ALTER TABLE app.dog RENAME CONSTRAINT dog_name_check TO animal_name_check; ALTER TABLE app.dog INHERIT app.animal
table of existing inherit: ALTER TABLE app.volatile ADD COLUMN id integer, ADD COLUMN name text NOT NULL, ADD CONSTRAINT animal_name_check CHECK (name <> ''), INHERIT app.animal
table schema: ALTER TABLE app.volatile SET SCHEMA public
column add: ALTER TABLE app.people ADD COLUMN extra text DEFAULT 'y'
column add with type: CREATE TYPE app.tone AS ENUM ('t'); ALTER TABLE app.people ADD COLUMN tone app.tone DEFAULT 't'
column add with function: CREATE FUNCTION app.one() RETURNS integer RETURN 1; ALTER TABLE app.people ADD COLUMN one integer DEFAULT app.one()
column add serial: ALTER TABLE app.pets ADD COLUMN n serial
column add identity: ALTER TABLE app.people ADD COLUMN n integer GENERATED ALWAYS AS IDENTITY
column add generated: ALTER TABLE app.people ADD COLUMN g integer GENERATED ALWAYS AS (id * 2) STORED
column drop: ALTER TABLE app.people DROP COLUMN during
column drop last: ALTER TABLE app.people DROP COLUMN score
column drop not null: ALTER TABLE app.pets DROP COLUMN owner_id CASCADE
column drop with dependants: ALTER TABLE app.people DROP COLUMN status CASCADE
column drop generated: ALTER TABLE app.people DROP COLUMN doubled
column type: ALTER TABLE app.people ALTER COLUMN score TYPE integer
column type under views: DROP VIEW app.above, app.names; ALTER TABLE app.people DROP CONSTRAINT named, ALTER COLUMN nick TYPE text
column type under checks: DROP VIEW app.adults; DROP MATERIALIZED VIEW app.counts; DROP TRIGGER touch ON app.people; DROP POLICY strict ON app.people; DROP STATISTICS app.people_stats; ALTER TABLE app.people ALTER COLUMN status TYPE text
column enum to text: ALTER TABLE app.people ALTER COLUMN mood DROP DEFAULT, ALTER COLUMN mood TYPE text
column text to enum: ALTER TABLE app.pets ALTER COLUMN note DROP DEFAULT, ALTER COLUMN note TYPE app.mood USING NULL
column to new type: CREATE TYPE app.nw AS ENUM ('a\b'); ALTER TABLE app.pets ALTER note DROP DEFAULT, ALTER note TYPE app.nw USING note::app.nw, ALTER note SET DEFAULT 'a\b'
column not null: ALTER TABLE app.people ALTER COLUMN age SET NOT NULL
column nullable: ALTER TABLE app.people ALTER COLUMN mood DROP NOT NULL
column identity when: ALTER TABLE app.people ALTER COLUMN id SET GENERATED BY DEFAULT
column identity options: ALTER TABLE app.people ALTER COLUMN id SET INCREMENT BY 7 SET CYCLE
column identity gone: ALTER TABLE app.people ALTER COLUMN id DROP IDENTITY
column identity new: ALTER TABLE app.animal ALTER COLUMN id SET NOT NULL, ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY
column generated no more: ALTER TABLE app.people ALTER COLUMN doubled DROP EXPRESSION
column storage: ALTER TABLE app.people ALTER COLUMN name SET STORAGE MAIN
column compression: ALTER TABLE app.people ALTER COLUMN email SET COMPRESSION default
column statistics: ALTER TABLE app.people ALTER COLUMN name SET STATISTICS 60
column option: ALTER TABLE app.people ALTER COLUMN score RESET (n_distinct)
column comment: COMMENT ON COLUMN app.people.name IS 'n'
column comment new: COMMENT ON COLUMN app.people.email IS 'n'
column grant: GRANT SELECT (email) ON app.people TO anon
column revoke: REVOKE UPDATE (name) ON app.people FROM anon
column rename: ALTER TABLE app.volatile RENAME COLUMN v TO w
default change: ALTER TABLE app.people ALTER COLUMN status SET DEFAULT 'old'
default drop: ALTER TABLE app.people ALTER COLUMN updated DROP DEFAULT
default new: ALTER TABLE app.people ALTER COLUMN email SET DEFAULT 'e'
default of a view: ALTER VIEW app.names ALTER COLUMN name DROP DEFAULT
constraint primary key drop: ALTER TABLE app.events DROP CONSTRAINT events_pkey CASCADE
constraint primary key with view: ALTER TABLE app.people DROP CONSTRAINT people_pkey CASCADE
constraint unique drop: ALTER TABLE app.people DROP CONSTRAINT people_email_key
constraint unique new: ALTER TABLE app.pets ADD CONSTRAINT one_note UNIQUE (note) INCLUDE (parent)
constraint check drop: ALTER TABLE app.people DROP CONSTRAINT people_status_check
constraint check new: ALTER TABLE app.people ADD CHECK (score > 0) NOT VALID
constraint validated: ALTER TABLE app.pets VALIDATE CONSTRAINT unchecked
constraint foreign key drop: ALTER TABLE app.pets DROP CONSTRAINT pets_owner_id_fkey
constraint deferrable: ALTER TABLE app.pets ALTER CONSTRAINT pets_owner_id_fkey NOT DEFERRABLE
constraint to partitioned: ALTER TABLE app.refers DROP CONSTRAINT refers_event_id_event_at_fkey
constraint exclusion: ALTER TABLE app.pets DROP CONSTRAINT pets_kept_excl
constraint rename: ALTER TABLE app.people RENAME CONSTRAINT named TO called
constraint comment: COMMENT ON CONSTRAINT named ON app.people IS NULL
constraint inherited: ALTER TABLE app.animal DROP CONSTRAINT animal_name_check
constraint cluster: ALTER TABLE app.people CLUSTER ON people_pkey
index drop: DROP INDEX app.people_lower
index create: CREATE INDEX ON app.people (mood) WITH (fillfactor = 50)
index option: ALTER INDEX app.people_lower SET (fillfactor = 50)
index statistics: ALTER INDEX app.people_lower ALTER COLUMN 1 SET STATISTICS 44
index comment: COMMENT ON INDEX app.people_lower IS NULL
index not clustered: ALTER TABLE app.people SET WITHOUT CLUSTER
index of partitioned: DROP INDEX app.events_kind
index of partitioned new: CREATE INDEX events_at ON app.events (at)
index of matview: DROP INDEX app.counts_status
view create: CREATE VIEW app.v AS SELECT 1 AS one
view drop: DROP VIEW app.above
view drop with dependants: DROP VIEW app.names CASCADE
view column added: CREATE OR REPLACE VIEW app.above AS SELECT *, 1 AS more FROM app.names WHERE id > 3
view under a view: CREATE OR REPLACE VIEW app.names AS SELECT id, name, lower(name) AS "Lower", mood FROM app.people WITH LOCAL CHECK OPTION
view option: ALTER VIEW app.adults SET (security_invoker = off)
view option gone: ALTER VIEW app.adults RESET (security_barrier)
view check option: ALTER VIEW app.names RESET (check_option)
view comment: COMMENT ON VIEW app.names IS 'n'
view column comment: COMMENT ON COLUMN app.names."Lower" IS NULL
view column grant: GRANT UPDATE (name) ON app.names TO anon
view grant: GRANT SELECT ON app.names TO service_role
view owner: ALTER VIEW app.above OWNER TO service_role
view column rename: ALTER VIEW app.above RENAME COLUMN name TO called
matview create: CREATE MATERIALIZED VIEW app.m AS SELECT 1 AS one
matview drop: DROP MATERIALIZED VIEW app.counts
matview comment: COMMENT ON MATERIALIZED VIEW app.counts IS 'c'
rule drop: DROP RULE quiet ON app.volatile
rule disabled: ALTER TABLE app.volatile DISABLE RULE quiet
rule comment: COMMENT ON RULE quiet ON app.volatile IS NULL
rule create: CREATE RULE loud AS ON UPDATE TO app.volatile DO ALSO NOTHING
trigger drop: DROP TRIGGER touch ON app.people
trigger create: CREATE CONSTRAINT TRIGGER late AFTER INSERT ON app.people DEFERRABLE FOR EACH ROW EXECUTE FUNCTION app.touch()
trigger replaced: CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON app.people FOR EACH ROW EXECUTE FUNCTION app.touch()
trigger disabled: ALTER TABLE app.people DISABLE TRIGGER touch
trigger always: ALTER TABLE app.people ENABLE ALWAYS TRIGGER off
trigger comment: COMMENT ON TRIGGER touch ON app.people IS NULL
trigger of a view: DROP TRIGGER into_names ON app.names
function create: CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql AS 'select 1'
function drop: DROP FUNCTION app.everybody()
function drop with dependants: DROP FUNCTION app.touch() CASCADE
function body: CREATE OR REPLACE FUNCTION app.later(app.mood) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' COST 7 AS $$ select 'now' $$
function volatility: ALTER FUNCTION app.twice(integer, integer) VOLATILE
function security: ALTER FUNCTION app.later(app.mood) SECURITY INVOKER
function setting: ALTER FUNCTION app.later(app.mood) RESET ALL
function cost: ALTER FUNCTION app.later(app.mood) COST 9
function result: DROP FUNCTION app.everybody(); CREATE FUNCTION app.everybody() RETURNS integer LANGUAGE sql AS 'select 1'
function argument default: CREATE OR REPLACE FUNCTION app.twice(n integer, by integer DEFAULT 3) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ select n * by $$
function grant: GRANT EXECUTE ON FUNCTION app.twice(integer, integer) TO anon
function revoke public: REVOKE EXECUTE ON FUNCTION app.touch() FROM PUBLIC
function revoke: REVOKE EXECUTE ON FUNCTION app.twice(integer, integer) FROM authenticated
function owner: ALTER FUNCTION app.later(app.mood) OWNER TO service_role
function comment: COMMENT ON FUNCTION app.twice(integer, integer) IS NULL
function with a body of statements: DROP FUNCTION app.grown(app.people)
function rename: ALTER FUNCTION app.touch() RENAME TO tip
procedure: DROP PROCEDURE app.work(integer)
aggregate drop: DROP AGGREGATE app.total(integer)
aggregate comment: COMMENT ON AGGREGATE app.total(integer) IS NULL
aggregate create: CREATE AGGREGATE app.biggest(integer) (SFUNC = int4larger, STYPE = integer)
operator drop: DROP OPERATOR app.=== (app.pair, app.pair)
operator comment: COMMENT ON OPERATOR app.=== (app.pair, app.pair) IS 'same'
cast drop: DROP CAST (app.pair AS text)
policy create: CREATE POLICY more ON app.people FOR INSERT WITH CHECK (name IN ('a', 'b'))
policy drop: DROP POLICY own ON app.people
policy using: ALTER POLICY own ON app.people USING (true)
policy roles: ALTER POLICY own ON app.people TO PUBLIC
policy check: ALTER POLICY strict ON app.people WITH CHECK (true)
policy command: DROP POLICY own ON app.people; CREATE POLICY own ON app.people TO anon, authenticated USING (name = current_user)
policy comment: COMMENT ON POLICY own ON app.people IS NULL
policy rename: ALTER POLICY own ON app.people RENAME TO theirs
policy on new function: CREATE FUNCTION app.may() RETURNS boolean RETURN true; ALTER POLICY own ON app.people USING (app.may())
default privileges new: ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO anon
default privileges more: ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app GRANT INSERT ON TABLES TO authenticated
default privileges gone: ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app REVOKE SELECT ON TABLES FROM anon
default privileges of all schemas: ALTER DEFAULT PRIVILEGES FOR ROLE postgres REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC
default privileges as built in: ALTER DEFAULT PRIVILEGES FOR ROLE shape_writer GRANT EXECUTE ON FUNCTIONS TO PUBLIC
publication create: CREATE PUBLICATION p FOR TABLE app.animal
publication drop: DROP PUBLICATION few
publication add table: ALTER PUBLICATION pets ADD TABLE app.animal
publication drop table: ALTER PUBLICATION pets DROP TABLE app.pets
publication columns: ALTER PUBLICATION few SET TABLE app.people (id, name, mood)
publication settings: ALTER PUBLICATION few SET (publish = 'insert', publish_via_partition_root = true)
publication schema: ALTER PUBLICATION pets DROP TABLES IN SCHEMA "Odd Schema"
publication owner: ALTER PUBLICATION few OWNER TO postgres
publication comment: COMMENT ON PUBLICATION pets IS NULL
publication of all: CREATE PUBLICATION everything FOR ALL TABLES
statistics drop: DROP STATISTICS app.people_stats
statistics create: CREATE STATISTICS app.more ON name, email FROM app.people
statistics target: ALTER STATISTICS app.people_stats SET STATISTICS -1
statistics comment: COMMENT ON STATISTICS app.people_stats IS 's'
event trigger drop: DROP EVENT TRIGGER watch
event trigger disabled: ALTER EVENT TRIGGER watch DISABLE
event trigger create: CREATE EVENT TRIGGER w2 ON sql_drop EXECUTE FUNCTION app.watch()
server drop: DROP SERVER far CASCADE
server create: CREATE SERVER near FOREIGN DATA WRAPPER postgres_fdw
foreign table drop: DROP FOREIGN TABLE app.remote
foreign table column: ALTER FOREIGN TABLE app.remote DROP COLUMN name
foreign table create: CREATE FOREIGN TABLE app.there (a integer) SERVER far
dictionary drop: DROP TEXT SEARCH DICTIONARY app.plain CASCADE
configuration create: CREATE TEXT SEARCH CONFIGURATION app.other (COPY = pg_catalog.english)
configuration drop: DROP TEXT SEARCH CONFIGURATION app.search
"""
_OF_THE_CLUSTER = r"""
role create: CREATE ROLE shape_more LOGIN
role flag: ALTER ROLE shape_reader CREATEDB
role limit: ALTER ROLE shape_writer CONNECTION LIMIT -1
role until: ALTER ROLE shape_writer VALID UNTIL 'infinity'
role comment: COMMENT ON ROLE shape_reader IS NULL
membership: REVOKE shape_reader FROM shape_writer
membership admin: GRANT shape_reader TO shape_writer WITH ADMIN OPTION
membership new: GRANT shape_writer TO anon
setting: ALTER ROLE shape_writer SET statement_timeout TO '8s'
setting gone: ALTER ROLE shape_writer RESET search_path
setting new: ALTER ROLE shape_reader SET "app.thing" TO 'a''b'
setting of role and database: DO $$ begin execute format('ALTER ROLE shape_reader IN DATABASE %I SET work_mem TO 65536', current_database()); end $$
setting of database: DO $$ begin execute format('ALTER DATABASE %I SET timezone TO ''Europe/Zurich''', current_database()); end $$
database comment: DO $$ begin execute format('COMMENT ON DATABASE %I IS ''c''', current_database()); end $$
database grant: DO $$ begin execute format('GRANT CREATE ON DATABASE %I TO anon', current_database()); end $$
matview populated: REFRESH MATERIALIZED VIEW app.empty
"""
_ON_18 = r"""
not null named: ALTER TABLE app.modern RENAME CONSTRAINT must TO has_to
not null validated: ALTER TABLE app.modern VALIDATE CONSTRAINT soon
not null inherit: ALTER TABLE app.modern ALTER CONSTRAINT modern_b_not_null INHERIT
not null gone: ALTER TABLE app.modern ALTER COLUMN b DROP NOT NULL
virtual drop: ALTER TABLE app.modern DROP COLUMN c
virtual new: ALTER TABLE app.people ADD COLUMN v bigint GENERATED ALWAYS AS (id + 1) VIRTUAL
without overlaps: ALTER TABLE app.modern DROP CONSTRAINT at_once
not enforced: ALTER TABLE app.modern DROP CONSTRAINT lax
publication generated: ALTER PUBLICATION modern SET (publish_generated_columns = none)
grant maintain: GRANT MAINTAIN ON app.people TO anon
"""
_NEVER = r"""
table no inherit: ALTER TABLE app.cat NO INHERIT app.animal
"""

CHANGES = (
    *_parse(_ANY),
    *_parse(_OF_THE_CLUSTER, in_dump=False),
    *_parse(_ON_18, only=18),
    *_parse(_NEVER, impossible=True),
)
