"""Faces for browsers and scripts: pages, JSON API, live stream, guards."""
