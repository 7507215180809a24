"""Does a test fail when a rule of the engine is broken? ``scripts/mutate`` breaks each in turn and runs the tests."""
