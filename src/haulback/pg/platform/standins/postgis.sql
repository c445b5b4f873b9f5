-- standin postgis 3.3.7
-- Values are kept as they are written, such as the hexadecimal text in which rows are copied; every function
-- raises. Type modifiers are accepted and forgotten: no function of the server can keep two words.
CREATE TYPE geometry;
CREATE FUNCTION geometry_in(cstring, oid, integer) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION geometry_out(geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION geometry_typmod_in(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'array_ndims';
CREATE TYPE geometry (
    INPUT = geometry_in, OUTPUT = geometry_out, TYPMOD_IN = geometry_typmod_in, INTERNALLENGTH = VARIABLE, STORAGE = main
);
CREATE TYPE geography;
CREATE FUNCTION geography_in(cstring, oid, integer) RETURNS geography LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION geography_out(geography) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION geography_typmod_in(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'array_ndims';
CREATE TYPE geography (
    INPUT = geography_in, OUTPUT = geography_out, TYPMOD_IN = geography_typmod_in, INTERNALLENGTH = VARIABLE, STORAGE = main
);
CREATE TABLE spatial_ref_sys (
    srid integer PRIMARY KEY CHECK (srid > 0 AND srid <= 998999),
    auth_name varchar(256),
    auth_srid integer,
    srtext varchar(2048),
    proj4text varchar(2048)
);
--! ST_MakePoint(double precision, double precision) returns geometry IMMUTABLE STRICT
--! ST_Point(double precision, double precision) returns geometry IMMUTABLE STRICT
--! ST_Point(double precision, double precision, integer) returns geometry IMMUTABLE STRICT
--! ST_PointFromText(text, integer) returns geometry IMMUTABLE STRICT
--! ST_SetSRID(geometry, integer) returns geometry IMMUTABLE STRICT
--! ST_SRID(geometry) returns integer IMMUTABLE STRICT
--! ST_Transform(geometry, integer) returns geometry IMMUTABLE STRICT
--! ST_GeomFromText(text) returns geometry IMMUTABLE STRICT
--! ST_GeomFromText(text, integer) returns geometry IMMUTABLE STRICT
--! ST_GeogFromText(text) returns geography IMMUTABLE STRICT
--! ST_GeographyFromText(text) returns geography IMMUTABLE STRICT
--! ST_GeomFromGeoJSON(text) returns geometry IMMUTABLE STRICT
--! ST_GeomFromGeoJSON(json) returns geometry IMMUTABLE STRICT
--! ST_GeomFromGeoJSON(jsonb) returns geometry IMMUTABLE STRICT
--! ST_AsGeoJSON(geometry, integer DEFAULT 9, integer DEFAULT 8) returns text IMMUTABLE STRICT
--! ST_AsGeoJSON(geography, integer DEFAULT 9, integer DEFAULT 0) returns text IMMUTABLE STRICT
--! ST_AsText(geometry) returns text IMMUTABLE STRICT
--! ST_AsText(geography) returns text IMMUTABLE STRICT
--! ST_AsEWKT(geometry) returns text IMMUTABLE STRICT
--! ST_X(geometry) returns double precision IMMUTABLE STRICT
--! ST_Y(geometry) returns double precision IMMUTABLE STRICT
--! ST_XMin(geometry) returns double precision IMMUTABLE STRICT
--! ST_XMax(geometry) returns double precision IMMUTABLE STRICT
--! ST_YMin(geometry) returns double precision IMMUTABLE STRICT
--! ST_YMax(geometry) returns double precision IMMUTABLE STRICT
--! ST_Distance(geometry, geometry) returns double precision IMMUTABLE STRICT
--! ST_Distance(geography, geography, boolean DEFAULT true) returns double precision IMMUTABLE STRICT
--! ST_DistanceSphere(geometry, geometry) returns double precision IMMUTABLE STRICT
--! ST_DWithin(geometry, geometry, double precision) returns boolean IMMUTABLE STRICT
--! ST_DWithin(geography, geography, double precision, boolean DEFAULT true) returns boolean IMMUTABLE STRICT
--! ST_Contains(geometry, geometry) returns boolean IMMUTABLE STRICT
--! ST_Within(geometry, geometry) returns boolean IMMUTABLE STRICT
--! ST_Covers(geometry, geometry) returns boolean IMMUTABLE STRICT
--! ST_Covers(geography, geography) returns boolean IMMUTABLE STRICT
--! ST_CoveredBy(geometry, geometry) returns boolean IMMUTABLE STRICT
--! ST_Intersects(geometry, geometry) returns boolean IMMUTABLE STRICT
--! ST_Intersects(geography, geography) returns boolean IMMUTABLE STRICT
--! ST_Intersection(geometry, geometry) returns geometry IMMUTABLE STRICT
--! ST_Union(geometry, geometry) returns geometry IMMUTABLE STRICT
--! ST_Buffer(geometry, double precision) returns geometry IMMUTABLE STRICT
--! ST_Buffer(geography, double precision) returns geography IMMUTABLE STRICT
--! ST_Centroid(geometry) returns geometry IMMUTABLE STRICT
--! ST_Area(geometry) returns double precision IMMUTABLE STRICT
--! ST_Area(geography, boolean DEFAULT true) returns double precision IMMUTABLE STRICT
--! ST_Length(geometry) returns double precision IMMUTABLE STRICT
--! ST_Length(geography, boolean DEFAULT true) returns double precision IMMUTABLE STRICT
--! ST_Perimeter(geometry) returns double precision IMMUTABLE STRICT
--! ST_IsValid(geometry) returns boolean IMMUTABLE STRICT
--! ST_MakeValid(geometry) returns geometry IMMUTABLE STRICT
--! ST_GeometryType(geometry) returns text IMMUTABLE STRICT
--! ST_MakeEnvelope(double precision, double precision, double precision, double precision, integer DEFAULT 0) returns geometry IMMUTABLE STRICT
--! ST_MakeLine(geometry, geometry) returns geometry IMMUTABLE STRICT
--! ST_Simplify(geometry, double precision) returns geometry IMMUTABLE STRICT
--! ST_Multi(geometry) returns geometry IMMUTABLE STRICT
--! ST_Collect(geometry, geometry) returns geometry IMMUTABLE STRICT
--! ST_Envelope(geometry) returns geometry IMMUTABLE STRICT
--! ST_Force2D(geometry) returns geometry IMMUTABLE STRICT
--! geometry_same(geometry, geometry) returns boolean IMMUTABLE STRICT
--! geometry_overlaps(geometry, geometry) returns boolean IMMUTABLE STRICT
--! geometry_distance(geometry, geometry) returns double precision IMMUTABLE STRICT
--! geography_overlaps(geography, geography) returns boolean IMMUTABLE STRICT
--! geography_distance(geography, geography) returns double precision IMMUTABLE STRICT
--! geography_to_geometry(geography) returns geometry IMMUTABLE STRICT
--! geometry_to_geography(geometry) returns geography IMMUTABLE STRICT
--! PostGIS_Version() returns text
--! PostGIS_Full_Version() returns text
CREATE CAST (geography AS geometry) WITH FUNCTION geography_to_geometry(geography);
CREATE CAST (geometry AS geography) WITH FUNCTION geometry_to_geography(geometry) AS IMPLICIT;
CREATE OPERATOR && (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = geometry_overlaps, COMMUTATOR = '&&');
CREATE OPERATOR && (LEFTARG = geography, RIGHTARG = geography, FUNCTION = geography_overlaps, COMMUTATOR = '&&');
CREATE OPERATOR <-> (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = geometry_distance, COMMUTATOR = '<->');
CREATE OPERATOR <-> (LEFTARG = geography, RIGHTARG = geography, FUNCTION = geography_distance, COMMUTATOR = '<->');
CREATE OPERATOR = (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = geometry_same, COMMUTATOR = '=');
-- GiST indexes can be made and filled: they hold the text, with the functions that btree_gist has for it.
-- No query can use them, since the operator classes name no operator.
CREATE TYPE geometry_key;
CREATE FUNCTION geometry_key_in(cstring) RETURNS geometry_key LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbtreekey_in';
CREATE FUNCTION geometry_key_out(geometry_key) RETURNS cstring LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbtreekey_out';
CREATE TYPE geometry_key (INPUT = geometry_key_in, OUTPUT = geometry_key_out, INTERNALLENGTH = VARIABLE, STORAGE = extended);
CREATE FUNCTION geometry_gist_compress(internal) RETURNS internal LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_text_compress';
CREATE FUNCTION geometry_gist_decompress(internal) RETURNS internal LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_var_decompress';
CREATE FUNCTION geometry_gist_penalty(internal, internal, internal) RETURNS internal LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_text_penalty';
CREATE FUNCTION geometry_gist_picksplit(internal, internal) RETURNS internal LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_text_picksplit';
CREATE FUNCTION geometry_gist_union(internal, internal) RETURNS geometry_key LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_text_union';
CREATE FUNCTION geometry_gist_same(geometry_key, geometry_key, internal) RETURNS internal LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_text_same';
CREATE FUNCTION geometry_gist_consistent(internal, geometry, smallint, oid, internal) RETURNS boolean LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_text_consistent';
CREATE OPERATOR CLASS gist_geometry_ops_2d DEFAULT FOR TYPE geometry USING gist AS
    FUNCTION 1 geometry_gist_consistent(internal, geometry, smallint, oid, internal),
    FUNCTION 2 geometry_gist_union(internal, internal),
    FUNCTION 3 geometry_gist_compress(internal),
    FUNCTION 4 geometry_gist_decompress(internal),
    FUNCTION 5 geometry_gist_penalty(internal, internal, internal),
    FUNCTION 6 geometry_gist_picksplit(internal, internal),
    FUNCTION 7 geometry_gist_same(geometry_key, geometry_key, internal),
    STORAGE geometry_key;
CREATE FUNCTION geography_gist_consistent(internal, geography, smallint, oid, internal) RETURNS boolean LANGUAGE c IMMUTABLE STRICT AS '$libdir/btree_gist', 'gbt_text_consistent';
CREATE OPERATOR CLASS gist_geography_ops DEFAULT FOR TYPE geography USING gist AS
    FUNCTION 1 geography_gist_consistent(internal, geography, smallint, oid, internal),
    FUNCTION 2 geometry_gist_union(internal, internal),
    FUNCTION 3 geometry_gist_compress(internal),
    FUNCTION 4 geometry_gist_decompress(internal),
    FUNCTION 5 geometry_gist_penalty(internal, internal, internal),
    FUNCTION 6 geometry_gist_picksplit(internal, internal),
    FUNCTION 7 geometry_gist_same(geometry_key, geometry_key, internal),
    STORAGE geometry_key;
