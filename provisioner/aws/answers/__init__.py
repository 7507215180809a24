"""Is what came an answer of AWS? Checked against the SDK's model before anything is read out of it."""
