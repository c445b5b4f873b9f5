merge into settings using (values ('limit', '10')) as wanted (name, value) on settings.name = wanted.name
when matched then update set value = wanted.value
when not matched then insert (name, value) values (wanted.name, wanted.value);
