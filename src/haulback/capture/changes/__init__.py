"""Rows that a migration changes: noted while it runs, given back three-way."""
