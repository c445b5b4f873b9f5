drop role if exists reporting;
