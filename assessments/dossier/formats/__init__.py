"""The record of a dossier in formats of other people. From the snapshot alone, no database."""
