"""What was intended and what happened, in the target's schema haulback."""
