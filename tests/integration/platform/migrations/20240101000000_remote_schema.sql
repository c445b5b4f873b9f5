-- In the form of `supabase db pull`.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET row_security = off;

CREATE EXTENSION IF NOT EXISTS "pg_cron" WITH SCHEMA "pg_catalog";
CREATE EXTENSION IF NOT EXISTS "pg_net" WITH SCHEMA "extensions";
CREATE SCHEMA IF NOT EXISTS "pgmq";
COMMENT ON SCHEMA "public" IS 'standard public schema';
CREATE EXTENSION IF NOT EXISTS "pg_graphql" WITH SCHEMA "graphql";
CREATE EXTENSION IF NOT EXISTS "pg_stat_statements" WITH SCHEMA "extensions";
CREATE EXTENSION IF NOT EXISTS "pgcrypto" WITH SCHEMA "extensions";
CREATE EXTENSION IF NOT EXISTS "pgmq" WITH SCHEMA "pgmq";
CREATE EXTENSION IF NOT EXISTS "supabase_vault" WITH SCHEMA "vault";
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA "extensions";
COMMENT ON EXTENSION "pgmq" IS 'a queue';
COMMENT ON EXTENSION "pg_cron" IS 'jobs';

CREATE TYPE "public"."kind" AS ENUM ('a', 'b');
ALTER TYPE "public"."kind" OWNER TO "postgres";
CREATE TABLE "public"."items" (
    "id" "uuid" DEFAULT "extensions"."uuid_generate_v4"() NOT NULL,
    "owner" "uuid" NOT NULL,
    "kind" "public"."kind"
);
ALTER TABLE "public"."items" OWNER TO "postgres";
ALTER TABLE ONLY "public"."items" ADD CONSTRAINT "items_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "public"."items"
    ADD CONSTRAINT "items_owner_fkey" FOREIGN KEY ("owner") REFERENCES "auth"."users"("id") ON DELETE CASCADE;
CREATE POLICY "own" ON "public"."items" USING ((( SELECT "auth"."uid"() AS "uid") = "owner"));
ALTER TABLE "public"."items" ENABLE ROW LEVEL SECURITY;
ALTER PUBLICATION "supabase_realtime" OWNER TO "postgres";
ALTER PUBLICATION "supabase_realtime" ADD TABLE ONLY "public"."items";
GRANT USAGE ON SCHEMA "public" TO "postgres";
GRANT ALL ON TABLE "public"."items" TO "anon";
ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" IN SCHEMA "public" GRANT ALL ON TABLES TO "service_role";
RESET ALL;
