"""Rows of a backup on their way into a table that users write to, and what it takes to put back what was there."""
