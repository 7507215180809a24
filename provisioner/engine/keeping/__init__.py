"""What is on record of an environment, where, and whose turn it is to write it."""
