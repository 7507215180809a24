"""The command line: ``commands`` has what can be typed, the other modules what is done then; no AWS here."""
