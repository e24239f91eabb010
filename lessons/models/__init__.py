"""The page 「モデル」: what every embedded model is, was trained on and gets wrong, and larger ones to fetch."""
