"""What people and systems do: one file a use case, one transaction each, the same for both services."""
