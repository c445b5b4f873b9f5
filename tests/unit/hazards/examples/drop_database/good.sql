drop schema if exists reporting;
