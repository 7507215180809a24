"""Measuring: what commands cost on the embedded AWS, what a handler's import adds, how fast patterns read lines."""
