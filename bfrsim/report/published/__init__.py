"""Published trials and what was predicted, as tables, figures and one page."""
