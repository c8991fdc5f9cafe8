"""From a scenario in TOML to records with fixed units (`read`, `schema`) and to a table of segments (`segments`)."""
