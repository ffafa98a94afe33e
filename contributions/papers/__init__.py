"""Papers: invoices, receipts, statements and certificates as PDFs.

A module gathers what a paper says, all texts in the reader's language, as plain data;
a template of the same name in `typ/` lays it out and knows no words of its own.
"""
