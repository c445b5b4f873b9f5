"""Behavioural events of an app's users, under row-level security."""
