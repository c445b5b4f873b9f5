-- Act 4. Tidy, and every app that is on somebody's phone asks for `body`.
alter table public.notes rename column body to content;
