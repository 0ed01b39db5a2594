"""A rehearsal of a large profile: its real commands at its true counts, on stand-ins for data, servers and weights."""
