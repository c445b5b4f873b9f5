alter role reports nobypassrls;
create role readers nologin;
