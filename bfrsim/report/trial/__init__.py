"""Designed trials as tables, figures and one page."""
