"""An edition in the formats of others, out and back in: plain values and bytes. No database."""
