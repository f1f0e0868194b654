"""Plumbing: no models, no domain words."""
