"""The order of things: pipeline, steps, decisions, recovery after a crash."""
