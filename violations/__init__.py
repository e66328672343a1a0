"""Violations, the points ledger, milestones, enforcement, appeals, mass reversals and imports."""
