"""Free constants of the months fitted to published trials: declared, fitted, judged, and fitted again without each."""
