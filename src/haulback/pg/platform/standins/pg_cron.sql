-- standin pg_cron 1.6.4
-- Jobs are real rows; `haulback up` runs them. Their times are checked for shape only.
DO $$
BEGIN
    IF to_regnamespace('cron') IS NULL THEN
        CREATE SCHEMA cron;
    END IF;
END
$$;
CREATE SEQUENCE cron.jobid_seq;
CREATE SEQUENCE cron.runid_seq;
CREATE TABLE cron.job (
    jobid bigint PRIMARY KEY DEFAULT nextval('cron.jobid_seq'),
    schedule text NOT NULL,
    command text NOT NULL,
    nodename text NOT NULL DEFAULT 'localhost',
    nodeport integer NOT NULL DEFAULT current_setting('port')::integer,
    database text NOT NULL DEFAULT current_database(),
    username text NOT NULL DEFAULT current_user,
    active boolean NOT NULL DEFAULT true,
    jobname text,
    CONSTRAINT jobname_username_uniq UNIQUE (jobname, username)
);
ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_policy ON cron.job USING (username = current_user);
CREATE TABLE cron.job_run_details (
    jobid bigint,
    runid bigint PRIMARY KEY DEFAULT nextval('cron.runid_seq'),
    job_pid integer,
    database text,
    username text,
    command text,
    status text,
    return_message text,
    start_time timestamptz,
    end_time timestamptz
);
ALTER TABLE cron.job_run_details ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_run_details_policy ON cron.job_run_details USING (username = current_user);

CREATE FUNCTION cron.haulback_check(caller name, schedule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_has_role(session_user, caller, 'MEMBER') THEN
        RAISE EXCEPTION 'must be a member of role % to change its jobs', caller
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF schedule IS NOT NULL
        AND schedule !~ '^\s*([1-9]|[1-5][0-9])\s+seconds?\s*$'
        AND schedule !~ '^\s*@(yearly|annually|monthly|weekly|daily|midnight|hourly|reboot|every_minute|restart)\s*$'
        AND schedule !~ '^\s*([^\s]+\s+){4}[^\s]+\s*$'
    THEN
        RAISE EXCEPTION 'invalid schedule: %', schedule USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;
-- What jobs are written with: their table is closed to everybody, and the caller's name is checked.
CREATE FUNCTION cron.haulback_put(caller name, name text, schedule text, command text, database text, active boolean)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT cron.haulback_check(caller, schedule);
    INSERT INTO cron.job (jobname, schedule, command, database, username, active)
    VALUES (name, schedule, command, coalesce(database, current_database()), caller, active)
    ON CONFLICT ON CONSTRAINT jobname_username_uniq DO UPDATE SET
        schedule = excluded.schedule, command = excluded.command, database = excluded.database,
        active = excluded.active
    RETURNING jobid
$$;
CREATE FUNCTION cron.haulback_remove(caller name, id bigint, name text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM cron.haulback_check(caller, NULL);
    DELETE FROM cron.job AS j WHERE (j.jobid = id OR j.jobname = name) AND j.username = caller;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'could not find valid entry for job ''%''', coalesce(name, id::text);
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION cron.haulback_alter(
    caller name, id bigint, new_schedule text, new_command text, new_database text, new_username text,
    new_active boolean
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM cron.haulback_check(caller, new_schedule);
    UPDATE cron.job AS j SET
        schedule = coalesce(new_schedule, j.schedule), command = coalesce(new_command, j.command),
        database = coalesce(new_database, j.database), username = coalesce(new_username, j.username),
        active = coalesce(new_active, j.active)
    WHERE j.jobid = id AND j.username = caller;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Job % does not exist or you don''t own it', id;
    END IF;
END
$$;
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE sql AS $$
    SELECT cron.haulback_put(current_user, job_name, schedule, command, NULL, true)
$$;
CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql AS $$
    SELECT cron.haulback_put(current_user, NULL, schedule, command, NULL, true)
$$;
CREATE FUNCTION cron.schedule_in_database(
    job_name text, schedule text, command text, database text, username text DEFAULT NULL,
    active boolean DEFAULT true
) RETURNS bigint LANGUAGE sql AS $$
    SELECT cron.haulback_put(coalesce(username, current_user)::name, job_name, schedule, command, database, active)
$$;
CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT cron.haulback_remove(current_user, job_id, NULL)
$$;
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE sql AS $$
    SELECT cron.haulback_remove(current_user, NULL, job_name)
$$;
CREATE FUNCTION cron.alter_job(
    job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
    username text DEFAULT NULL, active boolean DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
    SELECT cron.haulback_alter(current_user, job_id, schedule, command, database, username, active)
$$;
GRANT USAGE ON SCHEMA cron TO postgres WITH GRANT OPTION;
GRANT SELECT ON cron.job TO postgres WITH GRANT OPTION;
GRANT ALL ON cron.job_run_details TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cron TO postgres WITH GRANT OPTION;
