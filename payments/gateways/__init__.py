"""Payment providers behind one protocol; which one serves is a setting."""
