"""Haulback ships a SQL migration to PostgreSQL and can always take it back."""

__version__ = "0.1.0"
