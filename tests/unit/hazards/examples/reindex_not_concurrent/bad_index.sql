reindex (verbose) index public.orders_note;
