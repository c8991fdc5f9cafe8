"""Sweeps as tables and figures."""
