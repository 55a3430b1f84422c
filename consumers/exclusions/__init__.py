"""Suspensions, day six, alerts."""
