"""The doorways of certificates, by who comes in."""
