"""Virtual people as tables, figures and files."""
