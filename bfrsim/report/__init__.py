"""What a result looks like: one JSON object, a terminal table, a figure of four panels, a folder of files."""
