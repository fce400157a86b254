"""What answers say for the requirements of neighbouring frameworks."""
