alter role loader set session_replication_role = 'replica';
select set_config('session_replication_role', 'replica', true);
