"""What may be done with workers and their cases: verbs, one file per family."""
