"""What clients may count on: the API's surface by role, what changes of it, and whom that breaks."""
