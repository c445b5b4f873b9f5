alter table orders alter column state drop default;
alter table orders alter column state type state using state::text::state;
alter table orders alter column state set default 'new';
