create foreign table public.stripe_customers (id text, email text) server stripe;
