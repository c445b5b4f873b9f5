do $$ begin
  execute 'comment on table public.orders is ''what customers bought''';
  perform 1;
end $$;
