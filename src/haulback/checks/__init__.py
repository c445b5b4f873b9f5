"""Pre-flight facts with thresholds, one a file."""
