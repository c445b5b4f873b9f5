"""SQL in the place of a statement that reaches the same end and keeps nobody waiting."""
