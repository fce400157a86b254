"""Answers as spreadsheets, out and back in: files and decisions. No database."""
