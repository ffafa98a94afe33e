"""The sandbox provider itself: its books, its acquirer, its pay page, its webhooks.

It behaves as Midtrans's documents say (domain reference 6.2) and stays on the far side
of `payments.gateways`: the portal learns of a payment by webhook and status call only.
"""
