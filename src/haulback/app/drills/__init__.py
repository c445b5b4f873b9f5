"""Recoveries that are done for practice: one file a scenario."""
