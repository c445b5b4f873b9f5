"""One command a file; `command` is what the file brings."""
