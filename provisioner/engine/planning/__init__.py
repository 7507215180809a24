"""Making a plan: what happens to each thing, what is no longer wanted, and what no plan does unasked."""
