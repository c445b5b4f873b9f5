insert into settings (name, value) values ('limit', '10') on conflict (name) do nothing;
