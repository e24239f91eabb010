"""RLHF: text, laboratory, figures and recorded runs of the lesson."""
