"""The lints, one a file, each with its query beside it."""
