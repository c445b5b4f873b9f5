"""Takes backups, proves them by restoring them, and decides which may go."""
