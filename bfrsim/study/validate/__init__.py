"""Measured against simulated: evidence and mapping (`tables`, `mapping`), experiments, readings, scores."""
