"""Speed, measured: `python -m benchmarks.NAME [--json]` runs the work and its yardstick in one go."""
