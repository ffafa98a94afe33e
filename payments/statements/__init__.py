"""Reading what banks and providers write: statements as CSV and MT940, payout reports."""
