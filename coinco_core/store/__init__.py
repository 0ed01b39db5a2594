"""A resumable store: journals that any number of writers append to, and that survive kill -9 at any moment."""
