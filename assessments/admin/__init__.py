"""The admin: the catalogue for its administrators; rows that are evidence, to look at."""

from assessments.admin import catalogue, crosswalk, entries, events, records, sections

__all__ = ["catalogue", "crosswalk", "entries", "events", "records", "sections"]
