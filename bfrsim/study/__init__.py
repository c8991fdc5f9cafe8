"""Studies: many simulations, and what they are compared with."""
