"""Files to parsed statements to a plan; writes nothing."""
