"""The JAX back end: the same statements and the same steps, with exact derivatives along the whole run."""
