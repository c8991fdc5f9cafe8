"""Prescriptions as tables, a figure and one page."""
