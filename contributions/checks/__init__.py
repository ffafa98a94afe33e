"""The proofs of the books by what they prove; `contributions.books` joins them."""
