"""Finds what in a migration may block, destroy, expose or break; writes nothing."""
