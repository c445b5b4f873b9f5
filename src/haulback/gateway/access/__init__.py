"""The access log: a line for each request."""
