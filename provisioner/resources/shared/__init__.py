"""What several kinds share: how they are listed, spelled and looked at. Kinds import from here, never each other."""
