"""Lengths that every programme shares, in s; a week in days."""

DAY = 86400.0
WEEK_DAYS = 7
MEAL_SECONDS = 900.0
INFLATION_SECONDS = 60.0
RECOVERY_SECONDS = 600.0
