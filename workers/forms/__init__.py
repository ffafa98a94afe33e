"""What donors and workers fill in."""
