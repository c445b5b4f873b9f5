"""Where settings come from: haulback.toml, the environment, and nothing else."""
