"""What every emulated service stands on: a call, its place, the world, tags, pages and policies. Knows no service."""
