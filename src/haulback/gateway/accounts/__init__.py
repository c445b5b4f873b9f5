"""Sign-up, sign-in and users for local work: what Supabase Auth answers at `/auth/v1`, over its own tables."""
