"""What the exposed schemas hold, read once and kept until told that it changed."""
