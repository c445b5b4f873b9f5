-- Rows that a migration changes are noted one by one.
alter table haulback.capture drop constraint if exists capture_kind_check;

alter table haulback.capture add constraint capture_kind_check
  check (kind in ('moved table', 'moved sequence', 'moved type', 'copied table', 'copied columns',
                  'changed rows'));
