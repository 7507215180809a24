"""From a plan to the world: what runs as one, whose turn it is, and what AWS shows of it afterwards."""
