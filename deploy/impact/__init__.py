"""The command `impact`: everything that one delivered file has changed, and what was told because of it."""
