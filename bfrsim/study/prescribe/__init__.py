"""Prescriptions: which programme gives a person or a cohort most within limits, found by search over programmes."""
