"""Pages of the payments: pictures, the sandbox's pay page, the providers' events."""
