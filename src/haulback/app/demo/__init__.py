"""The demonstration: deploy, break, take back and crash, on a real PostgreSQL, with users at work all the while."""
