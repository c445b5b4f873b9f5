alter table reports.daily owner to postgres;
