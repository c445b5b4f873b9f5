-- finds: unsupported_reg_types_public_jobs_call
-- finds: unsupported_reg_types_public_lists_calls
create table public.jobs (id int primary key, call regprocedure);
create domain public.caller as regproc;
create table public.lists (id int primary key, calls public.caller[]);
