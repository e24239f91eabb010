"""In-Context Learning と Few-shot: text, laboratory, figures and recorded run of the lesson."""
