create foreign table private.stripe_customers (id text, email text) server stripe;
import foreign schema public from server legacy into private;
