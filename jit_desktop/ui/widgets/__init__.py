"""Building blocks that every window is made of (the list of what exists follows with each of them)."""
