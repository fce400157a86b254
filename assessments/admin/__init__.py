"""The admin: the catalogue for its administrators; rows that are evidence, to look at."""

from assessments.admin import catalogue, crosswalk, records

__all__ = ["catalogue", "crosswalk", "records"]
