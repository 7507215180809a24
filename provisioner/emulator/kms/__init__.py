"""KMS: keys and their aliases."""
