"""Doors to workers and their cases, one file per people who use them."""
