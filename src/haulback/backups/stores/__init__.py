"""Where backups lie: one file a kind of store."""
