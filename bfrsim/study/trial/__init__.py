"""Trials in silico: people simulated once in every arm, then recruited, allocated, measured and analysed many times."""
