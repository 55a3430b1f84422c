"""Explanations of views, without servers."""
