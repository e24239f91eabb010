"""The start page: the question of the course, the map of its lessons, and how large models are."""
