"""The admin: the catalogue for its administrators; rows that are evidence, to look at."""

from assessments.admin import catalogue, entries, events, records, sections

__all__ = ["catalogue", "entries", "events", "records", "sections"]
