"""The suite: unit (needs nothing), contract (the schemas), integration (one real server), e2e (whole processes)."""
