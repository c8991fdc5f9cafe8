"""Published trials: read them (`read`), simulate their arms (`arms`), compare (`score`, `skill`)."""
