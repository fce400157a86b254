"""Built-in checks for typical non-conformities: rows as dated data, rules as pure functions."""
