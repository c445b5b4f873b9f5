-- name: function
create function {function}(value {now}) returns {before}
  language plpgsql
as {body}

-- name: body
begin
  return {expression};
exception when data_exception or cannot_coerce or integrity_constraint_violation then
  return null;
end

-- name: stuck
-- Rows that would lose a value: what users wrote since and what is no row of before cannot be told from the copy.
with loose as materialized (
    select {key_texts} as haulback_key, t.{column} as haulback_value from {table} as t
     where t.{column} is not null
       and (exists (select from {written} as w where {w_is_t}) or not exists (select from {copy} as o where {o_is_t}))
)
select l.haulback_key from loose as l where {function}(l.haulback_value) is null order by 1 limit %(most)s
