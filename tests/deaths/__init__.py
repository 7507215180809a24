"""A process that dies anywhere on its way, and what the next one makes of it: ``scripts/deaths`` tries every place."""
