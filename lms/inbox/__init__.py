"""Telling a person: a message on the page, and outside it by whatever channel the installation has."""
