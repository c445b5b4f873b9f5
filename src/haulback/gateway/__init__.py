"""Answers HTTP as Supabase's API does, over one PostgreSQL."""
