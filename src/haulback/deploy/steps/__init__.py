"""The steps of a deployment, one a file."""
