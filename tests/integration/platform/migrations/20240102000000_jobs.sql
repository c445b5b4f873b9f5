do $$
begin
    if not exists (select 1 from pg_extension where extname = 'pg_net') then
        create extension pg_net with schema extensions;
    end if;
end
$$;
select cron.schedule('nightly', '0 3 * * *', $$ delete from public.items where kind = 'b' $$);
select cron.schedule('nightly', '0 4 * * *', $$ select 1 $$);
select cron.alter_job((select jobid from cron.job where jobname = 'nightly'), active := false);
do $$
begin
    assert (select count(*) = 1 and bool_and(not active and schedule = '0 4 * * *') from cron.job), 'one job, paused';
end
$$;
select cron.unschedule('nightly');
create function public.notify() returns trigger language plpgsql security definer as $$
begin
    perform net.http_post(url := 'https://example.com', body := to_jsonb(new));
    return new;
end
$$;
create trigger tell after insert on public.items for each row execute function public.notify();
create trigger hook after update on public.items for each row
    execute function supabase_functions.http_request('https://example.com', 'POST', '{}', '{}', '1000');
