"""Calibrations as a table, a figure and files."""
