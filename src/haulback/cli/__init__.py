"""Talks to people; decides nothing."""
