"""Acute measurements and what was simulated, as tables, figures and one page."""
