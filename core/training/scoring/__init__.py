"""What the scores of a model are made of: one module for each question that is asked of it."""
