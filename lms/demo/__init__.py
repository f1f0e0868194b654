"""The demo world, one-click sign-in and the rehearsal: acts and queries only."""
