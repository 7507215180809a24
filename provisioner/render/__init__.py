"""How plans and outcomes look: every wording of the plan lives in rows.py."""
