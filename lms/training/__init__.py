"""Training: programmes, the periods (期) in which they are given, and who takes part."""
