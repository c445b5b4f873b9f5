"""Use case: start and stop what Haulback runs itself."""
