"""Reading `platform.toml`: what it may say, and where in it each thing stands."""
