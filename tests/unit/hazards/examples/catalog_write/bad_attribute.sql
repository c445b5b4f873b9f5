update pg_attribute set attnotnull = true where attname = 'channel';
