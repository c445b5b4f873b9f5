"""Live proof that a deployed system does what it should, and nothing for those who should not."""
