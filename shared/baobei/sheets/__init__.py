"""Sheets of customers as people make them: read with care, and given back with an answer on every row."""
