drop database if exists reporting;
