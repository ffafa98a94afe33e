"""Who is reminded of what, when, and in which words. Nothing here writes."""
