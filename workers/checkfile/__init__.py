"""Check files: how they are written, locked, read back and understood (P21). No tables here."""
