do language plpython3u $$ plpy.execute("select 1") $$;
