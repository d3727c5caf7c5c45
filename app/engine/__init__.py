"""The heart: how instances are locked, restored, advanced, recorded and saved, and how jobs reach them."""
