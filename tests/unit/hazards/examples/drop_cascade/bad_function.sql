drop function if exists touch() cascade;
create function touch() returns trigger language plpgsql set search_path = '' as 'begin return new; end';
