"""Takes finished files from the inbox, judges them, and publishes each good one in one transaction."""
