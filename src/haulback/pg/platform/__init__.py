"""The Supabase platform baseline and stand-ins for extensions that are not there."""
