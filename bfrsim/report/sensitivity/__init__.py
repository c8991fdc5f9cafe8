"""Sensitivity studies as a table, a figure and files."""
