"""Grades from scores: a rule, then the form in which a learning platform takes them."""
