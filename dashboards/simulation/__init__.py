"""Months of the portal's life in minutes: donors, workers, banks and BPJS act day by day on a
scratch database, through the real services and the clock's own jobs, and every day what
must never break is asked again (`dashboards.simulation.checks`)."""
