"""Plans written as SQL, their values as numbered parameters."""
