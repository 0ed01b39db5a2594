"""From notebooks to a checked book: profiles, runs, recorded numbers, staging, building and checking."""
